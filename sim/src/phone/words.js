// What people read on the phone, in German and English.

const german = {
  title: "lotse Telefon", chats: "Chats", wire: "Leitung", newChat: "Neuer Chat", platform: "Plattform",
  number: "Telefonnummer", chatId: "Chat-Nummer", name: "Name", noPhone: "Nummer verbergen", open: "Öffnen",
  messages: "Nachrichten", extras: "Anhänge", sticker: "Sticker", photo: "Foto", voice: "Sprachnachricht",
  document: "Datei", location: "Standort", contact: "Kontakt", message: "Nachricht", send: "Senden",
  wireHelp: "Was über die Leitung ging: Webhooks (→ lotse) und API-Aufrufe (← lotse). Neueste zuerst.",
  connected: "verbunden", lost: "keine Verbindung", you: "Du", them: "lotse", request: "Anfrage",
  response: "Antwort", noAnswer: "keine Antwort", image: "Foto", video: "Video", audio: "Audio",
  template: "Vorlage", map: "Karte", openLink: "Öffnen", accepted: "angenommen", sent: "gesendet",
  delivered: "zugestellt", read: "gelesen", failed: "fehlgeschlagen", notTaken: "lotse hat die Nachricht nicht angenommen",
  notSent: "Nicht gesendet", empty: "Noch keine Nachricht. Schreib etwas.", reaction: "Reaktion",
  edit: "geändert", revoke: "zurückgenommen", echo: "im Messenger beantwortet", block: "blockiert", unblock: "nicht mehr blockiert",
  raw: "Rohdaten", unread: "ungelesen", pressed: "gewählt",
};

const english = {
  title: "lotse phone", chats: "Chats", wire: "Wire", newChat: "New chat", platform: "Platform",
  number: "Phone number", chatId: "Chat number", name: "Name", noPhone: "Hide number", open: "Open",
  messages: "Messages", extras: "Attachments", sticker: "Sticker", photo: "Photo", voice: "Voice message",
  document: "File", location: "Location", contact: "Contact", message: "Message", send: "Send",
  wireHelp: "What went over the wire: webhooks (→ lotse) and API calls (← lotse). Latest first.",
  connected: "connected", lost: "no connection", you: "You", them: "lotse", request: "Request",
  response: "Answer", noAnswer: "no answer", image: "Photo", video: "Video", audio: "Audio",
  template: "Template", map: "Map", openLink: "Open", accepted: "accepted", sent: "sent",
  delivered: "delivered", read: "read", failed: "failed", notTaken: "lotse did not take the message",
  notSent: "Not sent", empty: "No message yet. Write something.", reaction: "Reaction",
  edit: "edited", revoke: "taken back", echo: "answered in the messenger", block: "blocked", unblock: "unblocked",
  raw: "raw data", unread: "unread", pressed: "chosen",
};

/** The language of the page: German if the browser prefers it to English. */
export const language = (navigator.languages ?? [navigator.language])
  .map((tag) => tag.slice(0, 2)).find((tag) => tag === "de" || tag === "en") ?? "en";

/** The words in that language. */
export const words = language === "de" ? german : english;
