// Who waits for a human.
import { DurableObject } from "cloudflare:workers";

export class DeskObject extends DurableObject {
  constructor(ctx, env) {
    super(ctx, env);
    ctx.storage.sql.exec(`
      CREATE TABLE IF NOT EXISTS threads (
        conversation TEXT PRIMARY KEY, name TEXT, at INTEGER NOT NULL, message TEXT NOT NULL, text TEXT NOT NULL,
        waiting INTEGER NOT NULL
      ) WITHOUT ROWID
    `);
  }

  // Queues deliver in any order and more than once: the row with the most messages is the newest.
  update(threads) {
    this.ctx.storage.transactionSync(() => {
      for (const { conversation, name, at, message, text, waiting } of threads) {
        this.ctx.storage.sql.exec(
          `INSERT INTO threads VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT (conversation) DO UPDATE SET
             name = excluded.name, at = excluded.at, message = excluded.message, text = excluded.text,
             waiting = excluded.waiting
           WHERE excluded.waiting > waiting`,
          conversation,
          name ?? null,
          at,
          message,
          text,
          waiting,
        );
      }
    });
  }
}
