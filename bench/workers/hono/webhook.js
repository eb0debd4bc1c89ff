// The text messages of a webhook, with what the conversation needs of the rest.
export function messagesOf(payload) {
  return payload.entry.flatMap((entry) => entry.changes.flatMap(messagesOfChange));
}

function messagesOfChange({ field, value }) {
  if (field !== "messages") return [];
  const names = new Map(value.contacts?.map((contact) => [contact.wa_id, contact.profile?.name]));
  return (value.messages ?? []).map((message) => ({
    id: message.id,
    from: message.from,
    name: names.get(message.from),
    at: Number(message.timestamp) * 1000,
    text: message.text?.body ?? "",
  }));
}
