package leadsquared.webhooks

import kotlinx.serialization.json.jsonObject
import kotlinx.serialization.json.jsonPrimitive
import java.io.File
import kotlin.test.Test
import kotlin.test.assertEquals

/**
 * Runs `examples/Create.kt` and `examples/Ensure.kt` as an app does: in a separate process, with
 * its settings in the environment.
 */
class ExampleTest {
    private fun run(host: String, accessKey: String, secretKey: String, main: String = "CreateKt"): String {
        val java = File(System.getProperty("java.home"), "bin/java").path
        val process = ProcessBuilder(java, "-cp", System.getProperty("java.class.path"), main)
            .redirectError(ProcessBuilder.Redirect.INHERIT)
            .apply {
                environment()["LEADSQUARED_HOST"] = host
                environment()["LEADSQUARED_ACCESS_KEY"] = accessKey
                environment()["LEADSQUARED_SECRET_KEY"] = secretKey
            }
            .start()
        return process.inputReader().readText().trim().also { assertEquals(0, process.waitFor()) }
    }

    @Test
    fun `the example creates a webhook and tells the three failures apart`() {
        Sandbox().use { sandbox ->
            val created = run(sandbox.host, sandbox.accessKey, sandbox.secretKey)
            val id = sandbox.webhooks().single().jsonObject.getValue("id").jsonPrimitive.content
            assertEquals("created $id", created)
            sandbox.fault("""{"fault": "apply_then_500"}""")
            val unknown = run(sandbox.host, sandbox.accessKey, sandbox.secretKey)
            assertEquals("check whether it exists before retrying", unknown.substringBefore(":"))
            val refused = run(sandbox.host, "not", "these")
            assertEquals("fix the request", refused.substringBefore(":"))
        }
    }

    @Test
    fun `the example that ensures says what it did`() {
        Sandbox().use { sandbox ->
            val made = run(sandbox.host, sandbox.accessKey, sandbox.secretKey, "EnsureKt")
            val id = sandbox.webhooks().single().jsonObject.getValue("id").jsonPrimitive.content
            assertEquals("$id created", made.lines().first())
            sandbox.status(id, 2)
            val found = run(sandbox.host, sandbox.accessKey, sandbox.secretKey, "EnsureKt")
            assertEquals(listOf("$id existed", "not as desired: Disabled(status=DisabledByFailures)"), found.lines().take(2))
        }
    }
}
