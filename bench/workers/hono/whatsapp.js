// The two calls of WhatsApp's Cloud API that the bot needs.
// https://developers.facebook.com/docs/whatsapp/cloud-api/reference/messages
const PHONE_NUMBER_ID = "100000000000001";

async function call(env, body) {
  const response = await fetch(`${env.WHATSAPP_API_BASE}/${PHONE_NUMBER_ID}/messages`, {
    method: "POST",
    headers: {
      authorization: `Bearer ${env.WHATSAPP_MAIN_ACCESS_TOKEN}`,
      "content-type": "application/json",
    },
    body: JSON.stringify({ messaging_product: "whatsapp", ...body }),
  });
  if (!response.ok) throw new Error(`WhatsApp answered ${response.status}`);
  return response.json();
}

// Returns the platform's id of the message.
export async function send(env, to, { text, buttons }) {
  const content =
    buttons.length === 0
      ? { type: "text", text: { body: text } }
      : { type: "interactive", interactive: { type: "button", body: { text }, action: { buttons: buttons.map(button) } } };
  const { messages } = await call(env, { recipient_type: "individual", to, ...content });
  return messages[0].id;
}

function button({ entry, title }) {
  return { type: "reply", reply: { id: entry, title } };
}

export async function markRead(env, messageId) {
  await call(env, { status: "read", message_id: messageId });
}
