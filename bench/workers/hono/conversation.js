// One person's conversation: their messages and where the bot stands. SQLite writes of one turn are one
// commit, and the runtime holds back every answer and call until it is on disk.
import { DurableObject } from "cloudflare:workers";
import { acknowledgement, answerTo, closing, languages } from "./knowledge.js";
import { markRead, send } from "./whatsapp.js";

// One acknowledgement covers what the same person writes for half an hour.
const ACKNOWLEDGEMENT_PAUSE_MILLIS = 30 * 60_000;
const THANKS = /^(danke|vielen dank|thanks|thank you|👍)[\s!.]*$/iu;

export class ConversationObject extends DurableObject {
  constructor(ctx, env) {
    super(ctx, env);
    this.sql = ctx.storage.sql;
    this.sql.exec(`
      CREATE TABLE IF NOT EXISTS messages (
        id TEXT PRIMARY KEY, at INTEGER NOT NULL, direction TEXT NOT NULL, text TEXT NOT NULL, entry TEXT
      ) WITHOUT ROWID;
      CREATE TABLE IF NOT EXISTS handovers (message_id TEXT PRIMARY KEY, at INTEGER NOT NULL) WITHOUT ROWID;
      CREATE TABLE IF NOT EXISTS state (
        id INTEGER PRIMARY KEY, language TEXT NOT NULL, introduced INTEGER NOT NULL, acknowledged_at INTEGER NOT NULL
      );
    `);
    const [state] = this.sql.exec("SELECT language, introduced, acknowledged_at FROM state").toArray();
    this.state = state ?? { language: languages[0], introduced: 0, acknowledged_at: 0 };
    this.waiting = this.sql.exec("SELECT count(*) AS count FROM handovers").one().count;
  }

  // Stores a message and decides about it; what is to be sent goes out after the answer.
  receive(message) {
    const work = this.ctx.storage.transactionSync(() => this.take(message));
    if (work) this.ctx.waitUntil(work());
  }

  take(message) {
    const isNew = this.insert(message.id, message.at, "in", message.text);
    if (!isNew || THANKS.test(message.text)) return null;
    const answer = answerTo(message.text);
    return answer ? this.answer(message, answer) : this.handOver(message);
  }

  answer(message, { entry, language, text, buttons }) {
    const reply = { text: this.introduced(text, language), buttons };
    this.save({ language, introduced: 1 });
    const tick = this.waiting === 0;
    return async () => {
      await this.reply(message, reply, entry);
      if (tick) await markRead(this.env, message.id);
    };
  }

  handOver(message) {
    const now = Date.now();
    this.sql.exec("INSERT INTO handovers (message_id, at) VALUES (?, ?)", message.id, now);
    this.waiting += 1;
    const silent = now - this.state.acknowledged_at < ACKNOWLEDGEMENT_PAUSE_MILLIS;
    const { language } = this.state;
    const text = silent ? null : this.introduced(acknowledgement[language], language);
    if (!silent) this.save({ introduced: 1, acknowledged_at: now });
    const { id, from, name, at } = message;
    const update = { conversation: from, name, at, message: id, text: message.text, waiting: this.waiting };
    return async () => {
      await this.env.FOLLOWUPS.send(update);
      if (text) await this.reply(message, { text, buttons: [] }, null);
    };
  }

  introduced(text, language) {
    return this.state.introduced ? text : `${text}\n\n${closing[language]}`;
  }

  async reply(message, reply, entry) {
    const id = await send(this.env, message.from, reply);
    this.insert(id, Date.now(), "out", reply.text, entry);
  }

  save(change) {
    this.state = { ...this.state, ...change };
    const { language, introduced, acknowledged_at } = this.state;
    this.sql.exec("INSERT OR REPLACE INTO state VALUES (1, ?, ?, ?)", language, introduced, acknowledged_at);
  }

  // False for a message that was seen before.
  insert(id, at, direction, text, entry = null) {
    const query = "INSERT INTO messages VALUES (?, ?, ?, ?, ?) ON CONFLICT DO NOTHING RETURNING id";
    return this.sql.exec(query, id, at, direction, text, entry).toArray().length > 0;
  }
}
