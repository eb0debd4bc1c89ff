// The phone: chats with lotse through the simulator. Every text goes into the page as text, never
// as HTML. State follows from the simulator's events; this page only remembers which chats are open.

import { language, words } from "./words.js";

const $ = (id) => document.getElementById(id);
const clock = new Intl.DateTimeFormat(language, { hour: "2-digit", minute: "2-digit" });
const MOST_EXCHANGES = 200;
const CHANNELS = { whatsapp: "WhatsApp", telegram: "Telegram" };

/** Chats by key; each knows its person and its messages. */
const chats = new Map();
/** Messages by channel, account and id, for ticks. */
const byId = new Map();
let current = null;
let seen = 0;

// ---- Building blocks -------------------------------------------------------------------------

/** Makes an element; children that are strings become text. */
function make(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (value === true) element.setAttribute(name, "");
    else if (value !== false && value != null) element.setAttribute(name, String(value));
  }
  element.append(...children.filter((child) => child != null && child !== ""));
  return element;
}

async function call(path, body) {
  const response = await fetch(path, {
    method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(body),
  });
  const answer = response.status === 204 ? null : await response.json();
  if (!response.ok) throw new Error(answer?.error ?? String(response.status));
  return answer;
}

function showProblem(text) {
  $("problem").textContent = text;
  $("problem").hidden = !text;
}

// ---- Chats -----------------------------------------------------------------------------------

const chatKey = (channel, account, userId) => `${channel}/${account}/${userId}`;
const messageKey = (channel, account, id) => `${channel}/${account}/#${id}`;

function chatOf(channel, account, userId) {
  const key = chatKey(channel, account, userId);
  if (!chats.has(key)) {
    chats.set(key, {
      key, channel, account, userId, from: userId, name: "", hidesPhone: false, messages: [], unread: 0,
    });
  }
  return chats.get(key);
}

/** The chat of somebody who wrote. One that was opened by its number learns the stable id by this. */
function chatOfWriter(channel, account, userId, from) {
  const opened = chats.get(chatKey(channel, account, from));
  if (opened && opened.userId !== userId && !chats.has(chatKey(channel, account, userId))) {
    chats.delete(opened.key);
    opened.userId = userId;
    opened.key = chatKey(channel, account, userId);
    chats.set(opened.key, opened);
  }
  return chatOf(channel, account, userId);
}

const titleOf = (chat) => chat.name || (chat.channel === "whatsapp" && /^\d+$/.test(chat.from) ? `+${chat.from}` : chat.from);

function renderChats() {
  const sorted = [...chats.values()].sort((a, b) => (b.messages.at(-1)?.at ?? 0) - (a.messages.at(-1)?.at ?? 0));
  $("chat-list").replaceChildren(...sorted.map((chat) => make("li", {},
    make("button", {
      type: "button", class: `chat-link ${chat.channel}`, "aria-current": chat === current ? "true" : null,
      onclick: () => openChat(chat),
    },
    make("span", { class: "chat-title" }, titleOf(chat)),
    make("span", { class: "quiet" }, CHANNELS[chat.channel] + (chat.account === "main" ? "" : ` · ${chat.account}`)),
    chat.unread ? make("span", { class: "badge", "aria-label": `${chat.unread} ${words.unread}` }, String(chat.unread)) : null))));
}

function openChat(chat) {
  current = chat;
  chat.unread = 0;
  $("chat-name").textContent = titleOf(chat);
  const phone = /^\d+$/.test(chat.from) && chat.channel === "whatsapp" ? `+${chat.from} · ` : "";
  $("chat-address").textContent = `${CHANNELS[chat.channel]} · ${phone}${chat.userId}`;
  $("hide-phone-row").hidden = chat.channel !== "whatsapp";
  $("hide-phone").checked = chat.hidesPhone;
  $("messages").replaceChildren(...chat.messages.map(renderMessage));
  if (!chat.messages.length) $("messages").append(make("li", { class: "hint" }, words.empty));
  document.body.classList.remove("shows-people");
  showProblem("");
  scrollDown();
  markRead();
  renderChats();
}

function scrollDown() {
  $("messages").scrollTop = $("messages").scrollHeight;
}

/** Tells the platform that the person sees the messages, as a phone does. */
function markRead() {
  if (!current || document.visibilityState !== "visible" || current.channel !== "whatsapp") return;
  const unread = current.messages.filter((message) => message.mine === false && !message.reported);
  if (!unread.length) return;
  for (const message of unread) message.reported = true;
  call("/sim/read", { channel: current.channel, account: current.account, message_ids: unread.map((message) => message.id) })
    .catch((error) => showProblem(error.message));
}

// ---- Messages --------------------------------------------------------------------------------

const TICKS = { accepted: "✓", sent: "✓", delivered: "✓✓", read: "✓✓", failed: "✕" };

function renderTicks(message) {
  const word = words[message.state] ?? "";
  return make("span", { class: `ticks ${message.state ?? ""}`, title: word, role: "img", "aria-label": word }, TICKS[message.state] ?? "");
}

function renderMessage(message) {
  const bubble = make("li", { class: message.mine ? "bubble mine" : "bubble theirs" });
  bubble.append(make("span", { class: "hidden" }, `${message.mine ? words.you : words.them}: `));
  if (message.label) bubble.append(make("span", { class: "kind" }, message.label));
  if (message.text) bubble.append(make("p", { dir: "auto" }, ...withLinks(message.text)));
  if (message.link) bubble.append(make("p", {}, safeLink(message.link, message.linkText ?? message.link)));
  if (message.buttons?.length) bubble.append(renderButtons(message));
  const time = make("time", { datetime: new Date(message.at).toISOString() }, clock.format(message.at));
  bubble.append(make("span", { class: "foot" }, time, renderTicks(message)));
  message.element = bubble;
  return bubble;
}

/** Splits text so that web addresses can be followed. */
function withLinks(text) {
  return text.split(/(https?:\/\/[^\s<>"]+[^\s<>".,;:!?)])/).map((part, index) => (index % 2 ? safeLink(part, part) : part));
}

function safeLink(href, text) {
  let url;
  try { url = new URL(href); } catch { return make("span", {}, text); }
  if (!["http:", "https:"].includes(url.protocol)) return make("span", {}, text);
  return make("a", { href: url.href, target: "_blank", rel: "noopener noreferrer" }, text);
}

function renderButtons(message) {
  const press = (button) => () => say({ button: { id: button.id, message_id: message.id } });
  const option = (button) => (/^https?:/.test(button.id)
    ? safeLink(button.id, button.title)
    : make("button", { type: "button", onclick: press(button) }, make("span", {}, button.title),
      button.description ? make("span", { class: "quiet" }, button.description) : null));
  return make("div", { class: message.kind === "list" ? "options rows" : "options", role: "group" }, ...message.buttons.map(option));
}

function addMessage(chat, message) {
  chat.messages.push(message);
  for (const id of message.ids ?? [message.id]) byId.set(messageKey(chat.channel, chat.account, id), message);
  if (chat === current) {
    $("messages").querySelector(".hint")?.remove();
    const list = $("messages");
    const wasAtEnd = list.scrollHeight - list.scrollTop - list.clientHeight < 120;
    list.append(renderMessage(message));
    if (wasAtEnd || message.mine) scrollDown();
    if (!message.mine) markRead();
  } else if (!message.mine) {
    chat.unread += 1;
  }
}

function setState(channel, account, id, state) {
  const message = byId.get(messageKey(channel, account, id));
  if (!message) return;
  message.state = state;
  message.element?.querySelector(".ticks")?.replaceWith(renderTicks(message));
}

const mapLink = (place) => `https://www.openstreetmap.org/?mlat=${Number(place.latitude)}&mlon=${Number(place.longitude)}#map=16/${Number(place.latitude)}/${Number(place.longitude)}`;

/** What a person did, as label, text and link. */
function describeSaid(content) {
  const [kind, value] = Object.entries(content)[0] ?? ["raw", ""];
  const place = kind === "location" ? value : null;
  const emoji = { image: "🖼️", video: "🎬", audio: "🎵", voice: "🎤", document: "📄", sticker: "🙂" };
  switch (kind) {
    case "text": return { text: value };
    case "media": return { label: `${emoji[value.kind]} ${words[value.kind] ?? value.kind}`, text: value.caption ?? value.filename ?? "" };
    case "button": return { label: `☑ ${words.pressed}`, text: value.title ?? buttonTitle(value.id) };
    case "location": return { label: `📍 ${words.location}`, text: [place.name, place.address].filter(Boolean).join("\n"), link: mapLink(place), linkText: words.map };
    case "contact": return { label: `👤 ${words.contact}`, text: [value.name, ...(value.phones ?? [])].join("\n") };
    case "reaction": return { label: words.reaction, text: value.emoji ?? "–" };
    case "edit": return { label: words.edit, text: value.text };
    case "revoke": return { label: words.revoke, text: "" };
    case "echo": return { label: words.echo, text: value };
    case "block": return { label: value ? words.block : words.unblock, text: "" };
    case "message": return { label: String(value.type ?? words.raw), text: "" };
    default: return { label: words.raw, text: "" };
  }
}

function buttonTitle(id) {
  const all = [...chats.values()].flatMap((chat) => chat.messages).reverse();
  return all.flatMap((message) => message.buttons ?? []).find((button) => button.id === id)?.title ?? id;
}

/** What lotse sent, as label, text and link. */
function describeReceived(entry) {
  const raw = entry.raw ?? {};
  const described = { text: entry.text, buttons: entry.buttons, kind: entry.kind };
  if (entry.kind === "location") {
    const place = raw.location ?? raw;
    return { ...described, label: `📍 ${words.location}`, link: mapLink(place), linkText: words.map };
  }
  if (entry.kind === "link") {
    const parameters = raw.interactive?.action?.parameters ?? {};
    return { ...described, link: parameters.url, linkText: parameters.display_text };
  }
  if (["image", "video", "audio", "voice", "document", "sticker"].includes(entry.kind)) {
    const media = raw[entry.kind];
    const link = typeof media === "object" ? media?.link : raw[entry.kind === "image" ? "photo" : entry.kind];
    return { ...described, label: words[entry.kind] ?? entry.kind, link, linkText: media?.filename ?? link };
  }
  return entry.kind === "template" ? { ...described, label: words.template } : described;
}

// ---- Events ----------------------------------------------------------------------------------

const handlers = {
  said(event) {
    if (!event.user_id) return;
    const from = event.from.replace(/^\+/, "");
    const chat = chatOfWriter(event.channel, event.account, event.user_id, from);
    chat.from = from || chat.from;
    chat.name = event.name || chat.name;
    addMessage(chat, { mine: true, at: event.at, ids: event.message_ids, id: event.message_ids[0], ...describeSaid(event.content) });
    if (!current) openChat(chat);
  },
  received(event) {
    const chat = chatOf(event.channel, event.account, event.user_id);
    addMessage(chat, { mine: false, at: event.at, id: event.message_id, state: event.state, ...describeReceived(event) });
  },
  state(event) { setState(event.channel, event.account, event.message_id, event.state); },
  ticked(event) { setState(event.channel, event.account, event.message_id, "read"); },
  cleared() {
    for (const chat of chats.values()) chat.messages = [];
    byId.clear();
    if (current) openChat(current);
  },
  webhook(event) { showExchange(event, "→"); },
  api(event) { showExchange(event, "←"); },
};

function showExchange(event, arrow) {
  const isGood = event.status >= 200 && event.status < 300;
  const status = make("span", { class: isGood ? "status good" : "status bad" }, event.status ? String(event.status) : words.noAnswer);
  const item = make("li", {}, make("details", {},
    make("summary", {}, make("span", { "aria-hidden": "true" }, arrow), status, make("code", {}, event.what),
      make("span", { class: "quiet" }, `${event.millis.toFixed(1)} ms`)),
    make("h3", {}, words.request), make("pre", { tabindex: "0" }, pretty(event.request)),
    make("h3", {}, words.response), make("pre", { tabindex: "0" }, pretty(event.response) || "–")));
  $("exchanges").prepend(item);
  while ($("exchanges").children.length > MOST_EXCHANGES) $("exchanges").lastElementChild.remove();
}

function pretty(text) {
  try { return JSON.stringify(JSON.parse(text), null, 2); } catch { return text; }
}

/** Follows the events for as long as the page lives. */
async function follow() {
  for (;;) {
    try {
      const response = await fetch(`/sim/events?after=${seen}&wait_ms=25000`);
      if (!response.ok) throw new Error(String(response.status));
      const events = await response.json();
      showLink(true);
      // A number that was seen before means that the simulator started anew.
      if (events.length && events[0].seq <= seen) handlers.cleared();
      for (const event of events) {
        handlers[event.event]?.(event);
        seen = event.seq;
      }
      if (events.length) renderChats();
    } catch {
      showLink(false);
      await new Promise((resume) => setTimeout(resume, 1000));
    }
  }
}

function showLink(isUp) {
  const word = isUp ? words.connected : words.lost;
  if ($("link").textContent === word) return;
  $("link").textContent = word;
  $("link").classList.toggle("down", !isUp);
}

// ---- Doing things ----------------------------------------------------------------------------

async function say(content) {
  if (!current) return false;
  showProblem("");
  const { channel, account, from, name, hidesPhone } = current;
  try {
    const answer = await call("/sim/say", {
      channel, account, from, ...(name ? { name } : {}), ...(channel === "whatsapp" && hidesPhone ? { no_phone: true } : {}), ...content,
    });
    const last = answer.deliveries.at(-1);
    if (last && !(last.status >= 200 && last.status < 300)) showProblem(`${words.notTaken}: ${last.status ?? last.error}`);
    return true;
  } catch (error) {
    showProblem(`${words.notSent}: ${error.message}`);
    return false;
  }
}

const EXTRAS = {
  sticker: () => ({ sticker: true }),
  image: () => ({ media: { kind: "image", caption: $("text").value.trim() || null } }),
  voice: () => ({ media: { kind: "voice" } }),
  document: () => ({ media: { kind: "document", filename: "dokument.pdf" } }),
  location: () => ({ location: { latitude: 52.5163, longitude: 13.3777, name: "Brandenburger Tor", address: "Pariser Platz, Berlin" } }),
  contact: () => ({ contact: { name: "Erika Mustermann", phones: ["+49301234567"] } }),
};

function prepareForms() {
  for (const button of document.querySelectorAll("[data-extra]")) {
    button.addEventListener("click", () => say(EXTRAS[button.dataset.extra]()));
  }
  const send = async () => {
    const text = $("text").value.trim();
    if (!text) return;
    $("text").value = "";
    if (!(await say({ text })) && !$("text").value) $("text").value = text;
  };
  $("composer").addEventListener("submit", (event) => { event.preventDefault(); send(); });
  $("text").addEventListener("keydown", (event) => {
    if (event.key === "Enter" && !event.shiftKey && !event.isComposing) { event.preventDefault(); send(); }
  });
  $("hide-phone").addEventListener("change", (event) => { if (current) current.hidesPhone = event.target.checked; });
  document.addEventListener("visibilitychange", markRead);
  prepareNewChat();
  $("show-people").addEventListener("click", () => document.body.classList.toggle("shows-people"));
  $("show-wire").addEventListener("click", () => {
    const wire = $("wire");
    wire.hidden = !wire.hidden;
    document.body.classList.toggle("shows-wire", !wire.hidden);
    $("show-wire").setAttribute("aria-expanded", String(!wire.hidden));
  });
}

function prepareNewChat() {
  const form = $("new-chat");
  const fit = () => {
    const isWhatsApp = form.elements.channel.value.startsWith("whatsapp");
    $("address-label").textContent = isWhatsApp ? words.number : words.chatId;
    form.elements.from.placeholder = isWhatsApp ? "491701234567" : "4711";
    $("no-phone-row").hidden = !isWhatsApp;
  };
  form.elements.channel.addEventListener("change", fit);
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const [channel, account] = form.elements.channel.value.split("/");
    const from = form.elements.from.value.replace(/[^\w.-]/g, "");
    const known = [...chats.values()].find((chat) => chat.channel === channel && chat.account === account && chat.from === from);
    const chat = known ?? chatOf(channel, account, from);
    chat.name = form.elements.name.value.trim() || chat.name;
    chat.hidesPhone = form.elements.noPhone.checked;
    openChat(chat);
    form.reset();
    fit();
    $("text").focus();
  });
  return fit;
}

async function start() {
  document.documentElement.lang = language;
  document.title = words.title;
  for (const element of document.querySelectorAll("[data-word]")) element.textContent = words[element.dataset.word];
  for (const element of document.querySelectorAll("[data-label]")) element.setAttribute("aria-label", words[element.dataset.label]);
  for (const element of document.querySelectorAll("[data-placeholder]")) element.placeholder = words[element.dataset.placeholder];
  const settings = await (await fetch("/sim/settings")).json();
  $("worker").textContent = `→ ${settings.worker}`;
  const options = settings.accounts.map(({ channel, name }) =>
    make("option", { value: `${channel}/${name}` }, CHANNELS[channel] + (name === "main" ? "" : ` · ${name}`)));
  $("new-chat").elements.channel.replaceChildren(...options);
  prepareForms();
  $("new-chat").elements.channel.dispatchEvent(new Event("change"));
  await follow();
}

start();
