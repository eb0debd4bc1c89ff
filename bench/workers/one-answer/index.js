// The limit of any worker that stores a message, answers it, and would finish that after a crash: the events of one
// answer and nothing else. The sender's object writes the message with what is to be sent, and sets an alarm, in one
// commit; after the 200 it calls the platform, writes what became of it, and moves the alarm away. No signature, no
// deduplication, no question: every sender gets the same words.
import { DurableObject } from "cloudflare:workers";

const CUT_OFF_MILLIS = 60_000;
const FORGOTTEN_MILLIS = 30 * 24 * 60 * 60_000;
// About as long as an answer with its date and source.
const ANSWER = "Diese Antwort ist immer dieselbe. ".repeat(12);
const PUT_TWO = "INSERT OR REPLACE INTO rows VALUES (?, ?), (?, ?)";

export class ConversationObject extends DurableObject {
  constructor(state, env) {
    super(state, env);
    this.storage = state.storage;
    this.storage.sql.exec("CREATE TABLE IF NOT EXISTS rows (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID");
    this.lines = 0;
  }

  receive(from, json) {
    const line = `line ${this.lines++}`;
    this.storage.sql.exec(PUT_TWO, line, json, "outbox", ANSWER);
    this.storage.setAlarm(Date.now() + CUT_OFF_MILLIS);
    this.ctx.waitUntil(this.answer(from, line));
  }

  async answer(to, line) {
    const response = await fetch(`${this.env.WHATSAPP_API_BASE}/100000000000001/messages`, {
      method: "POST",
      headers: { authorization: `Bearer ${this.env.WHATSAPP_MAIN_ACCESS_TOKEN}`, "content-type": "application/json" },
      body: JSON.stringify({ messaging_product: "whatsapp", to, type: "text", text: { body: ANSWER } }),
    });
    if (!response.ok) throw new Error(`WhatsApp answered ${response.status}`);
    const { messages } = await response.json();
    this.storage.sql.exec(PUT_TWO, `${line} sent`, messages[0].id, "outbox", "");
    this.storage.setAlarm(Date.now() + FORGOTTEN_MILLIS);
  }

  alarm() {}
}

export default {
  async fetch(request, env) {
    const body = await request.text();
    const sender = JSON.parse(body).entry[0].changes[0].value.messages[0].from;
    await env.CONVERSATION.get(env.CONVERSATION.idFromName(sender)).receive(sender, body);
    return new Response(null, { status: 200 });
  },
};
