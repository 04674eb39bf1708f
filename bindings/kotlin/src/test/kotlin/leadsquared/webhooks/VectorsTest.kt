package leadsquared.webhooks

import kotlinx.serialization.json.Json
import kotlinx.serialization.json.JsonElement
import kotlinx.serialization.json.JsonObject
import kotlinx.serialization.json.JsonPrimitive
import kotlinx.serialization.json.int
import kotlinx.serialization.json.jsonArray
import kotlinx.serialization.json.jsonObject
import kotlinx.serialization.json.jsonPrimitive
import java.io.File
import java.util.Base64
import kotlin.test.Test
import kotlin.test.assertTrue

/** The contract: every case of `tests/vectors`. Its README documents the keys. */
class VectorsTest {
    private val folder = root.resolve("tests/vectors")
    private val grades = setOf("documented", "observed", "inferred", "unknown", "ours")

    /** A case, and the text of its draft, verbatim from the file. */
    private class Case(val json: JsonObject, val draft: String?) {
        val id get() = text("id")

        fun text(key: String) = json.getValue(key).jsonPrimitive.content
    }

    /**
     * The cases of every file, each with the text of its draft. The layout of the files makes it
     * safe to extract the text by line.
     */
    private fun cases(kind: String): List<Case> = folder.resolve(kind).listFiles { it: File -> it.extension == "json" }!!
        .sorted()
        .flatMap { file ->
            val objects = Json.parseToJsonElement(file.readText()).jsonArray.map(JsonElement::jsonObject)
            val texts = file.readLines().filter { it.startsWith("{") }
            check(texts.size == objects.size) { "${file.name} keeps another layout" }
            objects.zip(texts) { json, text -> Case(json, draft(text).takeIf { "draft" in json }) }
        }

    private fun draft(case: String): String =
        case.removeSuffix(",").removeSuffix("}").substringAfter(", \"draft\": ")

    private fun run(kind: String, keys: Set<String>, required: Set<String>, check: (Case) -> Unit) {
        val cases = cases(kind)
        val failures = cases.mapNotNull { case ->
            runCatching {
                only(case.json, keys + HEAD)
                (required + HEAD).forEach { same("has $it", it in case.json, true) }
                same("the grade is known", case.text("evidence").substringBefore(": ") in grades, true)
                check(case)
            }.exceptionOrNull()?.let { "  ${case.id} (${case.json["why"]}): ${it.message}" }
        }
        println("vectors: ${cases.size} $kind cases ran")
        val twice = KINDS.flatMap(::cases).groupingBy(Case::id).eachCount().filterValues { it > 1 }.keys
        val floor = Json.parseToJsonElement(folder.resolve("floor.json").readText()).jsonObject.getValue(kind).jsonPrimitive.int
        assertTrue(failures.isEmpty(), "${failures.size} of ${cases.size} failed\n${failures.joinToString("\n")}")
        assertTrue(twice.isEmpty(), "$twice are duplicates")
        assertTrue(cases.size >= floor, "${cases.size} cases are fewer than the floor")
    }

    private fun only(json: JsonObject, keys: Set<String>) = same("keys that nobody knows", json.keys - keys, emptySet())

    private fun <T> same(what: String, actual: T, expected: T) =
        check(actual == expected) { "$what\n      is        $actual\n      should be $expected" }

    @Test
    fun `a draft becomes the request that its vector says`() = run(
        "build",
        setOf("draft", "codes", "custom_headers_form", "request", "warnings"),
        setOf("draft", "request", "warnings"),
    ) { case ->
        val codes = EventCodes.valueOf((case.json["codes"]?.jsonPrimitive?.content ?: "documented").uppercase())
        val form =
            CustomHeadersForm.valueOf((case.json["custom_headers_form"]?.jsonPrimitive?.content ?: "array").uppercase())
        val expected = case.json.getValue("request").jsonObject
        only(expected, setOf("method", "path", "body"))
        NewWebhook.fromJson(case.draft!!).use { webhook ->
            val request = webhook.toRequest(codes, form)
            same("method", request.method, expected.getValue("method").jsonPrimitive.content)
            same("path", request.path, expected.getValue("path").jsonPrimitive.content)
            val body = Json.parseToJsonElement(request.body.decodeToString(throwOnInvalidSequence = true))
            same("body", body, expected.getValue("body"))
            val warnings = webhook.warnings().map { it.code.name.lowercase() to it.field }
            val expectedWarnings = case.json.getValue("warnings").jsonArray.map { it.jsonObject }
            expectedWarnings.forEach { only(it, setOf("code", "field")) }
            same("warnings", warnings, expectedWarnings.map { text(it, "code") to text(it, "field") })
        }
    }

    @Test
    fun `a bad draft is refused where and for what its vector says`() = run(
        "reject",
        setOf("draft", "draft_text", "violations"),
        setOf("violations"),
    ) { case ->
        same("one of draft and draft_text", ("draft" in case.json) != ("draft_text" in case.json), true)
        val draft = case.draft ?: case.text("draft_text")
        val error = runCatching { NewWebhook.fromJson(draft) }.exceptionOrNull()
        check(error is WebhookException.Invalid) { "is not refused" }
        val expected = case.json.getValue("violations").jsonArray.map { it.jsonObject }
        expected.forEach { only(it, setOf("field", "problem")) }
        same(
            "violations",
            error.violations.map { it.field to it.problem }.sortedBy { it.toString() },
            expected.map { text(it, "field") to text(it, "problem") }.sortedBy { it.toString() },
        )
    }

    @Test
    fun `an answer means what its vector says`() = run(
        "response",
        setOf("status", "headers", "body", "body_base64", "expect"),
        setOf("status", "expect"),
    ) { case ->
        same("one of body and body_base64", ("body" in case.json) != ("body_base64" in case.json), true)
        val body = case.json["body"]?.jsonPrimitive?.content?.toByteArray()
            ?: Base64.getDecoder().decode(case.text("body_base64"))
        val headers = case.json["headers"]?.jsonObject?.mapValues { it.value.jsonPrimitive.content } ?: emptyMap()
        val status = case.json.getValue("status").jsonPrimitive.int.toUShort()
        val expect = case.json.getValue("expect").jsonObject
        same("one expectation", expect.size, 1)
        val (what, expected) = expect.entries.single().let { it.key to it.value.jsonObject }
        only(expected, EXPECTED.getValue(what))
        (EXPECTED.getValue(what) - OPTIONAL).forEach { same("has $it", it in expected, true) }
        val read = runCatching { readAnswer(Answer(status, headers, body)) }
        same("answer", read.fold({ created(it) }, { failed(it as WebhookException, expected) }), expect)
    }

    private fun created(created: Created) = one("created", mapOf("id" to JsonPrimitive(created.id)))

    /** The content of the error, in the form of the vectors. */
    private fun failed(error: WebhookException, expected: JsonObject): JsonObject {
        val failure = error.failure ?: return one("neither", emptyMap())
        val common = mapOf(
            "may_have_been_applied" to JsonPrimitive(error.mayHaveBeenApplied()),
            "retry" to retry(failure.retry),
        )
        if (failure.kind == FailureKind.UNEXPECTED_RESPONSE) {
            return one("unexpected", common + ("reason" to JsonPrimitive(failure.reason?.name?.lowercase())))
        }
        val members = buildMap {
            putAll(common)
            put("kind", JsonPrimitive(failure.kind.name.lowercase()))
            put("exception_type", JsonPrimitive(failure.exceptionType))
            if ("detail" in expected) put("detail", JsonPrimitive(failure.exceptionMessage))
            if (failure.kind == FailureKind.RATE_LIMITED) {
                put("limit", JsonPrimitive(failure.limit?.toInt()))
                put("window_s", JsonPrimitive(failure.window?.seconds))
            }
        }
        return one("api_error", members)
    }

    private fun one(name: String, members: Map<String, JsonElement>) = JsonObject(mapOf(name to JsonObject(members)))

    private fun retry(advice: RetryAdvice): JsonElement = when (advice) {
        RetryAdvice.Never -> JsonPrimitive("never")
        RetryAdvice.Backoff -> JsonPrimitive("backoff")
        is RetryAdvice.After -> JsonObject(mapOf("after_s" to JsonPrimitive(advice.wait.seconds)))
    }

    private fun text(json: JsonObject, key: String) = json.getValue(key).jsonPrimitive.content

    private companion object {
        val KINDS = listOf("build", "reject", "response")
        val HEAD = setOf("id", "why", "evidence")
        val OPTIONAL = setOf("detail", "limit", "window_s")
        val EXPECTED = mapOf(
            "created" to setOf("id"),
            "api_error" to setOf(
                "kind", "exception_type", "detail", "limit", "window_s", "may_have_been_applied", "retry",
            ),
            "unexpected" to setOf("reason", "may_have_been_applied", "retry"),
        )
    }
}
