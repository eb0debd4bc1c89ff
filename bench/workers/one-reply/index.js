// The limit of any worker that answers people, whatever it keeps: one call to the platform for each message, made after
// the 200, and nothing stored. No signature, no deduplication, no question: every sender gets the same words.

// About as long as an answer with its date and source.
const ANSWER = "Diese Antwort ist immer dieselbe. ".repeat(12);

async function answer(to, env) {
  const response = await fetch(`${env.WHATSAPP_API_BASE}/100000000000001/messages`, {
    method: "POST",
    headers: { authorization: `Bearer ${env.WHATSAPP_MAIN_ACCESS_TOKEN}`, "content-type": "application/json" },
    body: JSON.stringify({ messaging_product: "whatsapp", to, type: "text", text: { body: ANSWER } }),
  });
  if (!response.ok) throw new Error(`WhatsApp answered ${response.status}`);
  await response.json();
}

export default {
  async fetch(request, env, context) {
    const sender = JSON.parse(await request.text()).entry[0].changes[0].value.messages[0].from;
    context.waitUntil(answer(sender, env));
    return new Response(null, { status: 200 });
  },
};
