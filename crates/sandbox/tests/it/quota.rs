use std::time::Duration;

use leadsquared_webhooks_sandbox::{Limit, RateLimitForm};
use tokio::time::{Instant, sleep};

use crate::raw::{create, sample, sandbox};

const SENTENCE: &str = "API calls exceeded the limit of 25 in 5 second(s)";

#[tokio::test(start_paused = true)]
async fn the_26th_arrival_in_5_seconds_is_refused_and_does_not_count() {
    let sandbox = sandbox!();
    for _ in 0..25 {
        assert_eq!(create(&sandbox, &sample()).await.status(), 200);
    }
    sleep(Duration::from_millis(4900)).await;
    let exception = "MXAPIRateLimitExceededException".to_owned();
    assert_eq!(create(&sandbox, &sample()).await.exception(), (429, exception, SENTENCE.to_owned()));
    sleep(Duration::from_millis(200)).await;
    for _ in 0..25 {
        assert_eq!(create(&sandbox, &sample()).await.status(), 200);
    }
    assert_eq!(create(&sandbox, &sample()).await.status(), 429);
}

#[tokio::test]
async fn a_rate_limit_has_three_forms() {
    for (form, status) in
        [(RateLimitForm::TooManyRequests, 429), (RateLimitForm::Forbidden, 403), (RateLimitForm::Ok, 200)]
    {
        let sandbox = sandbox!(limits vec![Limit::per_seconds(0, 5)], rate_limit_form form);
        let (got, exception, message) = create(&sandbox, &sample()).await.exception();
        assert_eq!((got, exception.as_str()), (status, "MXAPIRateLimitExceededException"));
        assert_eq!(message, "API calls exceeded the limit of 0 in 5 second(s)");
    }
}

#[tokio::test(start_paused = true)]
async fn a_standing_delay_is_drawn_anew_for_each_call_and_repeats_with_its_seed() {
    let times = async |seed| {
        let range = (Duration::from_millis(100), Duration::from_millis(400));
        let sandbox = sandbox!(delay range, seed seed);
        let mut times = Vec::new();
        for _ in 0..10 {
            let started = Instant::now();
            create(&sandbox, &sample()).await;
            times.push(started.elapsed().as_millis());
        }
        times
    };
    let first = times(1).await;
    assert!(first.iter().all(|time| (100..=402).contains(time)), "{first:?}");
    assert!(first.iter().max() > first.iter().min());
    assert_eq!(first, times(1).await);
    assert_ne!(first, times(2).await);
}
