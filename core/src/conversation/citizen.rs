//! What becomes of a message that a person wrote: what the bot says, and what a human has to see.

use super::feedback::{self, Wondered};
use super::language::{Signs, choose, is_variety, primary};
use super::meaning::{Meaning, entry_choice, human_choice, meaning};
use super::outgoing::verdict;
use super::state::Thread;
use super::texts::{self, Acknowledgement, Introduction, Subject, paragraphs, texts};
use super::turn::Turn;
use super::wait::wait;
use super::words::{self, Wish};
use super::{Author, HandoverReason, Lane, Stage};
use crate::faq::Candidate;
use crate::faq::answer::{Answer, AnswerButton};
use crate::faq::fold::fold;
use crate::faq::pack::{EntryMediaKind, Location};
use crate::learning::Cause;
use crate::message::{Choice, Content, Item, MediaKind, OutgoingContent};
use crate::policy::{self, Consent, Evidence, Occasion};
use crate::settings::TextLanguage;

/// The same emergency text is not repeated within this time.
const EMERGENCY_PAUSE_MILLIS: i64 = 10 * 60_000;
/// Neither is the greeting.
const GREETING_PAUSE_MILLIS: i64 = 10 * 60_000;
const MINUTE_MILLIS: i64 = 60_000;
/// Choices beside "a human".
const MAX_OFFERED: usize = 3;

/// Takes in a message and does what is to be done about it.
pub(super) fn message(turn: &mut Turn<'_>, item: &Item, message_id: &str, content: &Content) {
    turn.receive(item, Author::Citizen, message_id, content);
    let latest = turn.state.last_inbound_at.map_or(item.at, |at| at.max(item.at));
    turn.state.last_inbound_at = Some(latest);
    turn.state.unread = Some(message_id.to_owned());
    turn.state.blocked = false;
    if let Content::Choice { press_id: Some(press_id), .. } = content {
        turn.signal(OutgoingContent::ConfirmPress { press_id: press_id.clone() }, Lane::Bot);
    }
    let meaning = match meaning(turn, content) {
        Meaning::Feedback { line, helped } => feedback::heard(turn, line, helped),
        meaning => meaning,
    };
    let picked_for = feedback::settle_offer(turn, &meaning);
    if let Meaning::Language(tag) = &meaning {
        choose_language(turn, tag);
    }
    let heard = hear(turn, item, &meaning);
    if !matches!(meaning, Meaning::Nothing) {
        turn.state.offer.clear();
    }
    if heard {
        let reply = Reply::new(turn, item, message_id, words_of(content));
        Reply { picked_for, ..reply }.to(meaning, content);
    }
}

/// Keeps the language that the person chose by its name.
fn choose_language(turn: &mut Turn<'_>, tag: &str) {
    let state = &mut turn.state;
    state.language = Some(tag.to_owned());
    if is_variety(tag) {
        state.variety = Some(tag.to_owned());
    } else if state.variety.as_deref().is_some_and(|variety| primary(variety) == tag) {
        state.variety = None;
    }
}

/// What the person typed themselves: not the words of a button, which are ours.
fn words_of(content: &Content) -> &str {
    match content {
        Content::Text { body } => body,
        Content::Media(media) => media.caption.as_deref().unwrap_or_default(),
        _ => "",
    }
}

/// Keeps what the person says about messages from us. False where they said something newer already,
/// and this only came in late: there is nothing to confirm then.
fn hear(turn: &mut Turn<'_>, item: &Item, meaning: &Meaning) -> bool {
    let consent = &mut turn.state.consent;
    let Meaning::Wish(wish) = meaning else {
        if let Some(consent) = consent {
            consent.person_wrote(item.at);
        }
        return true;
    };
    let is_newest = consent.as_ref().is_none_or(|known| known.at <= item.at);
    if is_newest {
        let choice = match wish {
            Wish::Start => policy::Choice::Given,
            Wish::Stop => policy::Choice::Withdrawn { wrote_since: false },
        };
        let evidence = Evidence::Word { line: turn.state.last_seq };
        *consent = Some(Consent { choice, at: item.at, evidence });
    }
    is_newest
}

/// Raises an edited message that turned into an emergency. An edit is never answered.
pub(super) fn raise_if_emergency(turn: &mut Turn<'_>, item: &Item, content: &Content) {
    if matches!(meaning(turn, content), Meaning::Emergency { .. }) {
        turn.need_human(HandoverReason::Emergency, item.at).unseen = true;
    }
}

/// The bot's reaction to one message: at most one message of its own.
pub(super) struct Reply<'turn, 'a> {
    pub(super) turn: &'turn mut Turn<'a>,
    item: &'turn Item,
    pub(super) message_id: &'turn str,
    /// What the person typed; empty where they pressed or sent something else.
    text: &'turn str,
    /// The question behind the offer that this picks from.
    picked_for: Option<Wondered>,
    /// Whether messages before this one wait for a human's eyes: then the bot must not mark any as
    /// read, since that covers the earlier ones too.
    earlier_unseen: bool,
    /// Whether the person was told that an answer waits: then this asks for it, whatever it says.
    answer_waits: bool,
}

impl<'turn, 'a> Reply<'turn, 'a> {
    fn new(turn: &'turn mut Turn<'a>, item: &'turn Item, message_id: &'turn str, text: &'turn str) -> Self {
        let earlier_unseen = turn.state.open_thread().is_some_and(|thread| thread.unseen);
        let answer_waits = turn.state.is_announced();
        Self { turn, item, message_id, text, picked_for: None, earlier_unseen, answer_waits }
    }

    fn to(mut self, meaning: Meaning, content: &Content) {
        let silence = self.silence();
        let asks = silence.is_none() && !self.answer_waits;
        let left = if asks { self.continue_flow(meaning, content) } else { Some(meaning) };
        let Some(meaning) = left else { return };
        match (meaning, silence) {
            (Meaning::Emergency { rule, language }, _) => self.emergency(&rule, &language),
            (Meaning::Wish(wish), silence) => self.confirm(wish, silence),
            (_, Some(_)) if self.answer_waits => self.join(HandoverReason::AnswerWaits),
            (_, None) if self.answer_waits => {
                self.hand_over(HandoverReason::AnswerWaits, Subject::Question);
            }
            (Meaning::Nothing | Meaning::Feedback { .. }, _) => {}
            (Meaning::Asked(_), Some(_)) => self.join(HandoverReason::Asked),
            (_, Some(reason)) => self.join(reason),
            (Meaning::Asked(request), None) => {
                self.hand_over(HandoverReason::Asked, Subject::Request(request));
            }
            (Meaning::Language(_), None) => self.confirm_language(),
            (Meaning::Greeting, None) => self.greet(),
            (Meaning::NotText, None) => self.hand_over(HandoverReason::NotText, Subject::NotText),
            (Meaning::NotHelped, None) => self.regret(),
            (Meaning::Picked(entry), None) => self.answer(&entry, None),
            (Meaning::Known(candidate), None) => self.answer(&candidate.entry, Some(&candidate.language)),
            (Meaning::Torn(candidates), None) => self.offer(&candidates),
            (Meaning::Unknown { language }, None) => {
                self.find_language(None, language.as_deref());
                self.learn_unanswered(language.as_deref());
                self.hand_over(HandoverReason::NoKnowledge, Subject::Question);
            }
        }
    }

    /// Why the bot keeps silent about this message and leaves it to a human, if it does.
    fn silence(&self) -> Option<HandoverReason> {
        let Turn { state, context, .. } = &*self.turn;
        let late_after = i64::from(context.settings.bot.late_after_minutes.get()) * MINUTE_MILLIS;
        let claimed = state.open_thread().is_some_and(|thread| matches!(thread.stage, Stage::Claimed { .. }));
        let paused = state.paused_until.is_some_and(|until| context.now < until);
        if claimed || paused {
            Some(HandoverReason::Elsewhere)
        } else {
            (context.now.millis_since(self.item.at) > late_after).then_some(HandoverReason::Late)
        }
    }

    /// Puts the message before the humans without a word.
    pub(super) fn join(&mut self, reason: HandoverReason) {
        self.turn.need_human(reason, self.item.at).unseen = true;
    }

    /// Confirms a wish, also while a human has the thread: it is kept already. Old news is not answered.
    fn confirm(&mut self, wish: Wish, silence: Option<HandoverReason>) {
        if silence == Some(HandoverReason::Late) {
            return;
        }
        let language = self.language(None);
        let settings = self.turn.context.settings;
        let words = texts(settings.text_language(&language));
        let confirmed = words.wish(wish, settings.organisation_name(&language));
        let links = words.links(&Introduction::new(settings, &language));
        let body = if self.introduce() { paragraphs(&[&confirmed, &links]) } else { confirmed };
        self.say(Occasion::Confirmation, OutgoingContent::Text { body }, None, None, Lane::Bot);
    }

    fn confirm_language(&mut self) {
        let context = self.turn.context;
        let language = self.turn.state.language.clone().unwrap_or_default();
        let chosen = texts(context.settings.text_language(&language)).chosen();
        let body = paragraphs(&[chosen, &self.closing(&language)]);
        self.send(OutgoingContent::Text { body }, None);
    }

    fn emergency(&mut self, rule: &str, language: &str) {
        self.join(HandoverReason::Emergency);
        let language = self.language(Some(language));
        let context = self.turn.context;
        let sent = &mut self.turn.state.emergencies;
        sent.retain(|_, at| context.now.millis_since(*at) < EMERGENCY_PAUSE_MILLIS);
        if sent.contains_key(rule) {
            return;
        }
        let approved = context.knowledge.red_flag_answer(rule, &language);
        let own = || texts(context.settings.text_language(&language)).emergency().to_owned();
        let content = OutgoingContent::Text { body: approved.map_or_else(own, str::to_owned) };
        if self.say(Occasion::BotAnswer, content, None, None, Lane::Human) {
            self.turn.state.emergencies.insert(rule.to_owned(), context.now);
            self.mark_read();
        }
    }

    /// Leaves the message to a human and says so, unless it was said a moment ago.
    pub(super) fn hand_over(&mut self, reason: HandoverReason, subject: Subject) {
        self.join(reason);
        let context = self.turn.context;
        let Some(thread) = self.turn.state.thread.clone() else { return };
        let pause = i64::from(context.settings.bot.acknowledgement_pause_minutes.get()) * MINUTE_MILLIS;
        if thread.acknowledged_at.is_some_and(|at| context.now.millis_since(at) < pause) {
            return;
        }
        let body = self.acknowledgement(&thread, subject);
        if self.send(OutgoingContent::Text { body }, None) {
            self.turn.state.thread = Some(Thread { acknowledged_at: Some(context.now), ..thread });
        }
    }

    pub(super) fn acknowledgement(&mut self, thread: &Thread, subject: Subject) -> String {
        let language = self.language(None);
        let context = self.turn.context;
        let spoken = context.settings.text_language(&language);
        let body = texts(spoken).acknowledgement(&Acknowledgement {
            organisation: context.settings.organisation_name(&language),
            subject,
            reference: &thread.reference,
            time: &context.settings.time_of_day(context.now, spoken),
            wait: wait(context.settings, context.backlog, context.now, spoken),
            first: thread.acknowledged_at.is_none(),
        });
        let links = texts(spoken).links(&Introduction::new(context.settings, &language));
        if self.introduce() { paragraphs(&[&body, &links]) } else { body }
    }

    fn greet(&mut self) {
        let context = self.turn.context;
        let state = &mut self.turn.state;
        let recent = |at| context.now.millis_since(at) < GREETING_PAUSE_MILLIS;
        if state.open_thread().is_some() || state.greeted_at.is_some_and(recent) {
            return;
        }
        state.greeted_at = Some(context.now);
        self.introduce();
        let language = self.language(None);
        let introduction = Introduction::new(context.settings, &language);
        let words = texts(context.settings.text_language(&language));
        let content = match context.knowledge.crisis_greeting(&language, context.now) {
            Some(crisis) => {
                let body = words.crisis_greeting(&crisis.text, &introduction);
                let choice = |button: &AnswerButton| entry_choice(&button.entry, &button.title);
                text_with(body, crisis.buttons.iter().map(choice).collect())
            }
            None => OutgoingContent::Text { body: words.greeting(&introduction) },
        };
        self.send(content, None);
    }

    fn answer(&mut self, entry: &str, language: Option<&str>) {
        let language = self.language(language);
        if self.begin_flow(entry, &language) {
            return;
        }
        let context = self.turn.context;
        let Some(answer) = context.knowledge.answer(entry, &language, context.now) else {
            // It expired, or it is gone since it was offered.
            return self.hand_over(HandoverReason::NoKnowledge, Subject::Question);
        };
        let spoken = TextLanguage::of(&language);
        let is_other = spoken.is_some() && spoken != TextLanguage::of(&answer.language);
        let note = spoken.filter(|_| is_other).map_or("", |spoken| texts(spoken).other_language());
        let closing = self.closing(&language);
        let choices =
            answer.buttons.iter().map(|button| entry_choice(&button.entry, &button.title)).collect();
        let content = content(&answer, note, &closing, choices);
        let asking = feedback::asking(self.turn, &content, &answer.language);
        let asks = asking.is_some();
        if self.send(asking.unwrap_or(content), Some(entry)) {
            if asks {
                let own = Wondered::new(self.typed(), Some(&answer.language));
                let question = self.picked_for.take().or(own);
                feedback::remember(self.turn, entry, question);
            }
            self.mark_read();
        }
    }

    fn offer(&mut self, candidates: &[Candidate]) {
        let language = self.language(candidates.first().map(|candidate| candidate.language.as_str()));
        let context = self.turn.context;
        let choice = |candidate: &Candidate| {
            let title = context.knowledge.title(&candidate.entry, &language, context.now)?;
            Some(entry_choice(&candidate.entry, title))
        };
        let ordered = context.knowledge.in_order(candidates).into_iter();
        let mut choices: Vec<Choice> = ordered.filter_map(choice).take(MAX_OFFERED).collect();
        if choices.is_empty() || self.turn.state.open_thread().is_some() {
            return self.hand_over(HandoverReason::NoKnowledge, Subject::Question);
        }
        let words = texts(context.settings.text_language(&language));
        choices.push(human_choice(words.human_choice()));
        let body = paragraphs(&[words.offer(), &self.closing(&language)]);
        if self.send(OutgoingContent::Choices { body, choices }, None) {
            self.turn.state.wondered = Wondered::new(self.typed(), Some(&language));
        }
    }

    /// An answer did not help. No thread yet: the person may ask again, or for a human.
    fn regret(&mut self) {
        if self.turn.state.open_thread().is_some() {
            return self.hand_over(HandoverReason::NoKnowledge, Subject::Question);
        }
        let language = self.language(None);
        let spoken = self.turn.context.settings.text_language(&language);
        let body = texts::feedback(spoken).regret.to_owned();
        let choices = vec![human_choice(texts(spoken).human_choice())];
        self.send(OutgoingContent::Choices { body, choices }, None);
    }

    /// What the person typed, if they did.
    fn typed(&self) -> Option<&'turn str> {
        (!self.text.is_empty()).then_some(self.text)
    }

    /// Tells of a question that no entry answers. What follows in an open thread is said to its humans.
    fn learn_unanswered(&mut self, language: Option<&str>) {
        if self.turn.state.open_thread().is_none()
            && let Some(question) = Wondered::new(self.typed(), language)
        {
            question.learn(self.turn, Cause::Unanswered);
        }
    }

    /// What stands below the bot's first message; empty later on.
    pub(super) fn closing(&mut self, language: &str) -> String {
        let settings = self.turn.context.settings;
        if !self.introduce() {
            return String::new();
        }
        texts(settings.text_language(language)).closing(&Introduction::new(settings, language))
    }

    /// True exactly once in a conversation.
    fn introduce(&mut self) -> bool {
        !std::mem::replace(&mut self.turn.state.introduced, true)
    }

    /// The language to answer in, where something was recognised in that language.
    pub(super) fn language(&mut self, recognised: Option<&str>) -> String {
        self.find_language(recognised, None)
    }

    fn find_language(&mut self, recognised: Option<&str>, guessed: Option<&str>) -> String {
        let state = &self.turn.state;
        let found = choose(
            self.turn.context.settings,
            &Signs {
                text: self.text,
                recognised,
                guessed,
                own_words: words::spoken(&fold(self.text)),
                last: state.language.as_deref(),
                app: state.contact.language.as_deref(),
                variety: state.variety.as_deref(),
            },
        );
        let (tag, told) = (found.tag.to_owned(), found.told);
        if told {
            self.turn.state.language = Some(tag.clone());
        }
        tag
    }

    /// Quotes the message where several may be open, so that it is plain which one is answered. What may
    /// not be said is left to a human; false then.
    pub(super) fn send(&mut self, content: OutgoingContent, entry: Option<&str>) -> bool {
        let quoted = (entry.is_some() && self.turn.state.open_thread().is_some()).then_some(self.message_id);
        let offer = match &content {
            OutgoingContent::Choices { choices, .. } => Some(choices.clone()),
            _ => None,
        };
        let said = self.say(Occasion::BotAnswer, content, entry, quoted, Lane::Bot);
        match offer {
            Some(offer) if said => self.turn.state.offer = offer,
            _ => {}
        }
        if !said {
            self.join(HandoverReason::Late);
        }
        said
    }

    /// Sends what policy lets out; false where it does not.
    fn say(
        &mut self,
        occasion: Occasion,
        content: OutgoingContent,
        entry: Option<&str>,
        reply_to: Option<&str>,
        lane: Lane,
    ) -> bool {
        let verdict = verdict(&self.turn.state, occasion, self.turn.context);
        let Ok(cleared) = verdict.clear(content) else { return false };
        self.turn.send_in_lane(&Author::Bot, cleared, entry, reply_to, lane);
        true
    }

    pub(super) fn mark_read(&mut self) {
        if !self.earlier_unseen {
            self.turn.mark_read(Lane::Bot);
        }
    }
}

/// An answer as one message. A place goes into the text, since a place on the map would be a second
/// message; media carry the text below them.
fn content(answer: &Answer, note: &str, closing: &str, choices: Vec<Choice>) -> OutgoingContent {
    let body = paragraphs(&[note, &answer_text(answer), closing]);
    match &answer.media {
        Some(media) => OutgoingContent::Media {
            kind: match media.kind {
                EntryMediaKind::Image => MediaKind::Image,
                EntryMediaKind::Video => MediaKind::Video,
                EntryMediaKind::Audio => MediaKind::Audio,
                EntryMediaKind::Document => MediaKind::Document,
            },
            link: media.link.clone(),
            caption: Some(body),
            filename: None,
        },
        None => text_with(body, choices),
    }
}

/// A text, with choices where there are any.
fn text_with(body: String, choices: Vec<Choice>) -> OutgoingContent {
    if choices.is_empty() {
        OutgoingContent::Text { body }
    } else {
        OutgoingContent::Choices { body, choices }
    }
}

/// The words of an answer, with its place.
pub(super) fn answer_text(answer: &Answer) -> String {
    let place = answer.location.as_ref().map(|location| place(location, &answer.text)).unwrap_or_default();
    paragraphs(&[&answer.text, &place])
}

/// Where a place is, in words unless the text says so already, and on a map.
fn place(location: &Location, text: &str) -> String {
    let Location { latitude, longitude, name, address } = location;
    let map = format!(
        "https://www.openstreetmap.org/?mlat={latitude}&mlon={longitude}#map=17/{latitude}/{longitude}"
    );
    if text.contains(address) { format!("📍 {map}") } else { format!("📍 {name}, {address}\n{map}") }
}
