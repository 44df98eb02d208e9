// Verifies a message with the published library: {secret, body, headers} on standard input; prints its type or "refused".
const { Webhook } = require("standardwebhooks");

let text = "";
process.stdin.on("data", (part) => (text += part));
process.stdin.on("end", () => {
  const { secret, body, headers } = JSON.parse(text);
  try {
    console.log(new Webhook(secret).verify(body, headers).type);
  } catch (error) {
    console.log(error.constructor.name === "WebhookVerificationError" ? "refused" : String(error));
  }
});
