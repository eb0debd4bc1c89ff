//! What is said in a flow. Each message of the person is answered by one of ours at most: the next question, the same
//! one with what is missing, or the end.

use super::read::{Answer, Question, button, is_photo, photo, press};
use super::words::{Control, control};
use super::{FlowRun, Given, MAX_PIECES, Piece, abandoned_from, end_on_thread};
use crate::conversation::HandoverReason;
use crate::conversation::citizen::{Reply, answer_text};
use crate::conversation::meaning::{Meaning, human_choice};
use crate::conversation::state::Thread;
use crate::conversation::texts::flow::{Complaint, FlowWords, flow_words};
use crate::conversation::texts::{Subject, paragraphs, texts};
use crate::faq::flow::{Flow, Step, Takes};
use crate::message::{Choice, Content, OutgoingContent};
use crate::settings::TextLanguage;

/// After so many vain answers in a row, a human is offered.
const PATIENCE: u32 = 2;

/// What a message comes to in a flow.
enum Heard {
    /// The answer to this question, which need not be the one that was asked.
    Answer {
        step: String,
        answer: Answer,
    },
    /// One more photo for the question before.
    MorePhotos(Answer),
    Control(Control),
    /// The question once more, for nothing was said.
    Again,
    /// The question once more, and what is missing.
    Refused(Complaint),
    /// An entry that was asked for, and the language.
    Entry(String, Option<String>),
    /// Silence.
    Nothing,
    /// A human is wanted.
    Human,
}

impl<'a> Reply<'_, 'a> {
    /// Asks the first question of an entry that is a flow; false where it is none.
    pub(in crate::conversation) fn begin_flow(&mut self, entry: &str, language: &str) -> bool {
        let context = self.turn.context;
        let Some(flow) = context.knowledge.flow(entry, context.now) else { return false };
        let Some(first) = flow.steps.first() else { return false };
        self.turn.state.flow = Some(FlowRun {
            entry: entry.to_owned(),
            step: first.id.clone(),
            language: language.to_owned(),
            given: Vec::new(),
            started_at: context.now,
            asked_at: context.now,
            abandoned_from: None,
            tries: 0,
            missed: false,
        });
        let start = self.flow_words(language).start(flow.title(language), flow.steps.len());
        let spoken = TextLanguage::of(language).filter(|_| !flow.is_in(language));
        let note = spoken.map_or("", |spoken| texts(spoken).other_language());
        if self.ask(&flow, &paragraphs(&[note, &start])) {
            self.mark_read();
        }
        true
    }

    /// Goes on with the flow, if there is one. Returns what is left to do as always; `None` where nothing is.
    pub(in crate::conversation) fn continue_flow(
        &mut self,
        meaning: Meaning,
        content: &Content,
    ) -> Option<Meaning> {
        if matches!(meaning, Meaning::Emergency { .. } | Meaning::Wish(_)) {
            return Some(meaning);
        }
        let Some(run) = self.turn.state.flow.clone() else { return Some(meaning) };
        let context = self.turn.context;
        let flow = context.knowledge.flow(&run.entry, context.now);
        let Some((flow, step)) = flow.and_then(|flow| Some((flow, flow.step(&run.step)?.1))) else {
            return self.flow_is_gone(&run, meaning);
        };
        let Some(question) = Question::new(context, &flow, step, &run.given, &run.language) else {
            return Some(meaning);
        };
        let heard = hear(&flow, step, &question, &run.given, &meaning, content);
        self.react(&run, &flow, step, heard, meaning)
    }

    fn react(
        &mut self,
        run: &FlowRun,
        flow: &Flow<'a>,
        step: &Step,
        heard: Heard,
        meaning: Meaning,
    ) -> Option<Meaning> {
        match heard {
            Heard::Nothing => {}
            Heard::Human => {
                self.give_to_human(HandoverReason::Asked);
                return Some(meaning);
            }
            // Whoever left it to humans and asks for something else is not asked again.
            Heard::Refused(_) | Heard::Entry(..) if run.abandoned_from.is_none() => {
                self.leave_flow(run);
                return Some(meaning);
            }
            Heard::Entry(entry, _) if entry != run.entry && self.is_flow(&entry) => {
                self.leave_flow(run);
                return Some(meaning);
            }
            Heard::Entry(entry, language) if entry != run.entry => {
                self.answer_and_ask(flow, &entry, language.as_deref());
            }
            Heard::Again | Heard::Entry(..) => drop(self.ask(flow, "")),
            Heard::Refused(complaint) => self.refuse(flow, &complaint),
            Heard::MorePhotos(answer) => self.take_another_photo(answer),
            Heard::Control(control) => self.control(flow, step, control),
            Heard::Answer { step: answered, answer: (value, media) } => {
                let piece = Piece { message_id: self.message_id.to_owned(), value, media };
                let (_, answered) = flow.step(&answered)?;
                self.take(flow, answered, vec![piece]);
            }
        }
        None
    }

    fn is_flow(&self, entry: &str) -> bool {
        let context = self.turn.context;
        context.knowledge.flow(entry, context.now).is_some()
    }

    fn take_another_photo(&mut self, (value, media): Answer) {
        let message_id = self.message_id.to_owned();
        let given = self.turn.state.flow.iter_mut().flat_map(|run| run.given.iter_mut().rev());
        if let Some(before) = given.into_iter().find(|given| !given.pieces.is_empty()) {
            before.pieces.push(Piece { message_id, value, media });
        }
    }

    /// Keeps an answer and asks the next question, or ends the flow.
    fn take(&mut self, flow: &Flow<'a>, step: &Step, pieces: Vec<Piece>) {
        let Some(run) = &mut self.turn.state.flow else { return };
        run.put(flow, step, pieces);
        run.tries = 0;
        match run.next(flow) {
            Some(next) => {
                run.step.clone_from(&next.id);
                self.ask(flow, "");
            }
            None => self.complete(flow),
        }
    }

    fn control(&mut self, flow: &Flow<'a>, step: &Step, control: Control) {
        let Some(run) = &mut self.turn.state.flow else { return };
        match control {
            Control::Cancel => {
                let words = flow_words(self.turn.context.settings.text_language(&run.language));
                self.turn.state.flow = None;
                self.send(OutgoingContent::Text { body: words.cancelled.to_owned() }, None);
            }
            Control::Back => {
                let place = flow.step(&step.id).map_or(0, |(place, _)| place);
                if let Some(previous) = flow.steps.get(place.saturating_sub(1)) {
                    run.step.clone_from(&previous.id);
                    run.tries = 0;
                }
                self.ask(flow, "");
            }
            // An answer that is there already stays, for a person who went back.
            Control::Skip
                if run.given.iter().any(|given| given.step == step.id && !given.pieces.is_empty()) =>
            {
                let pieces =
                    run.given.iter().find(|given| given.step == step.id).map(|given| given.pieces.clone());
                self.take(flow, step, pieces.unwrap_or_default());
            }
            Control::Skip if step.optional => self.take(flow, step, Vec::new()),
            Control::Skip => self.refuse(flow, &Complaint::Needed),
        }
    }

    /// Asks once more and says what is missing; offers a human after a few vain tries.
    fn refuse(&mut self, flow: &Flow<'a>, complaint: &Complaint) {
        // What no bot can read is for human eyes, whatever becomes of the flow.
        if *complaint == Complaint::NotText {
            self.join(HandoverReason::NotText);
        }
        let Some(run) = &mut self.turn.state.flow else { return };
        run.tries = run.tries.saturating_add(1);
        run.missed = true;
        let words = flow_words(self.turn.context.settings.text_language(&run.language));
        let offer = if run.tries >= PATIENCE { words.human } else { "" };
        let before = paragraphs(&[&words.complaint(complaint), offer]);
        self.ask(flow, &before);
    }

    /// Answers a question of the person and asks ours again, in one message.
    fn answer_and_ask(&mut self, flow: &Flow<'a>, entry: &str, language: Option<&str>) {
        let language = self.language(language);
        let context = self.turn.context;
        let Some(answer) = context.knowledge.answer(entry, &language, context.now) else {
            return self.refuse(flow, &Complaint::TooShort(1));
        };
        if let Some(run) = &mut self.turn.state.flow {
            run.language.clone_from(&language);
        }
        let media = answer.media.as_ref().map(|media| media.link.as_str()).unwrap_or_default();
        self.ask(flow, &paragraphs(&[&answer_text(&answer), media]));
    }

    /// Asks the question at which the flow stands, after other words. False where it may not be sent.
    fn ask(&mut self, flow: &Flow<'a>, before: &str) -> bool {
        let abandoned_from = abandoned_from(self.turn);
        let Some(run) = &mut self.turn.state.flow else { return false };
        run.asked_at = self.turn.context.now;
        run.abandoned_from = Some(abandoned_from);
        let Some((place, step)) = flow.step(&run.step) else { return false };
        let (language, tries, entry) = (run.language.clone(), run.tries, run.entry.clone());
        let words = self.flow_words(&language);
        let question = words.question(place + 1, flow.steps.len(), flow.question(step, &language));
        let skip = if step.optional { words.skip } else { "" };
        let closing = self.closing(&language);
        let body = paragraphs(&[before, &question, skip, &closing]);
        let choices = self.choices(flow, step, &language, tries);
        let content = if choices.is_empty() {
            OutgoingContent::Text { body }
        } else {
            OutgoingContent::Choices { body, choices }
        };
        let sent = self.send(content, Some(&entry));
        // Numbers and titles are read by the question itself.
        self.turn.state.offer.clear();
        sent
    }

    fn choices(&self, flow: &Flow<'a>, step: &Step, language: &str, tries: u32) -> Vec<Choice> {
        let mut choices: Vec<Choice> = match &step.takes {
            Takes::Choice { choices } => {
                choices.iter().map(|choice| button(flow, step, choice, language)).collect()
            }
            _ => Vec::new(),
        };
        if tries >= PATIENCE {
            let settings = self.turn.context.settings;
            choices.push(human_choice(texts(settings.text_language(language)).human_choice()));
        }
        choices
    }

    /// Everything is answered: a human has it, and the person knows.
    fn complete(&mut self, flow: &Flow<'a>) {
        let language = self.turn.state.flow.as_ref().map(|run| run.language.clone());
        self.give_to_human(HandoverReason::Flow);
        let context = self.turn.context;
        let language = self.language(language.as_deref());
        let Some(mut thread) = self.turn.state.thread.clone() else { return };
        if thread.reason == HandoverReason::FlowAbandoned {
            thread.reason = HandoverReason::Flow;
        }
        let acknowledgement = self.acknowledgement(&thread, Subject::Question);
        let body = paragraphs(&[flow.closing(&language).unwrap_or_default(), &acknowledgement]);
        let sent = self.send(OutgoingContent::Text { body }, None);
        let acknowledged_at = if sent { Some(context.now) } else { thread.acknowledged_at };
        self.turn.state.thread = Some(Thread { acknowledged_at, unseen: true, ..thread });
    }

    /// Ends the flow with everything that was given on a thread.
    fn give_to_human(&mut self, reason: HandoverReason) {
        self.join(reason);
        end_on_thread(self.turn);
    }

    /// Ends the flow without a word: the person goes on with something else.
    fn leave_flow(&mut self, run: &FlowRun) {
        if run.is_empty() {
            self.turn.state.flow = None;
        } else {
            self.give_to_human(HandoverReason::FlowAbandoned);
        }
    }

    /// The pack does not ask this any more.
    fn flow_is_gone(&mut self, run: &FlowRun, meaning: Meaning) -> Option<Meaning> {
        if run.is_empty() {
            self.turn.state.flow = None;
            return Some(meaning);
        }
        match meaning {
            Meaning::Nothing => None,
            Meaning::Asked(_) => {
                self.give_to_human(HandoverReason::Asked);
                Some(meaning)
            }
            _ => {
                self.give_to_human(HandoverReason::Flow);
                self.hand_over(HandoverReason::Flow, Subject::Question);
                None
            }
        }
    }

    fn flow_words(&self, language: &str) -> &'static FlowWords {
        flow_words(self.turn.context.settings.text_language(language))
    }
}

fn hear(
    flow: &Flow<'_>,
    step: &Step,
    question: &Question<'_>,
    given: &[Given],
    meaning: &Meaning,
    content: &Content,
) -> Heard {
    let current = |answer| Heard::Answer { step: step.id.clone(), answer };
    if let Content::Choice { id, .. } = content
        && let Some(press) = press(flow, id)
    {
        // A press below an earlier question corrects it.
        let is_known = press.step.id == step.id || given.iter().any(|given| given.step == press.step.id);
        let answer = (flow.choice_for_agents(press.choice).to_owned(), None);
        return if is_known { Heard::Answer { step: press.step.id.clone(), answer } } else { Heard::Again };
    }
    let is_text = matches!(content, Content::Text { .. });
    let read = question.read(content);
    let is_answer_alone = matches!(content, Content::Text { body } if question.is_answer_alone(body));
    let may_mention_a_choice = is_text && matches!(step.takes, Takes::Choice { .. });
    match (read, meaning) {
        // A number or a title that is a word for something else too, such as 0, is the answer.
        (Ok(answer), _) if is_answer_alone => current(answer),
        // Whatever else the message says.
        (_, Meaning::Asked(_)) => Heard::Human,
        (Ok(answer), _) if may_mention_a_choice => current(answer),
        (read, meaning) => {
            if let Content::Text { body } = content
                && let Some(control) = control(body)
            {
                return Heard::Control(control);
            }
            match (read, meaning) {
                (_, Meaning::Greeting) => Heard::Again,
                (_, Meaning::Picked(entry)) => Heard::Entry(entry.clone(), None),
                // What is out of bounds is an answer all the same.
                (Err(complaint), _) if complaint.is_about_bounds() => Heard::Refused(complaint),
                // Words in place of a photo are second to a question that is known.
                (Ok(answer), Meaning::Known(_)) if !(is_text && step.takes == Takes::Photo) => {
                    current(answer)
                }
                (_, Meaning::Known(candidate)) => {
                    Heard::Entry(candidate.entry.clone(), Some(candidate.language.clone()))
                }
                (Ok(answer), _) => current(answer),
                (Err(_), Meaning::Nothing) => Heard::Nothing,
                (Err(complaint), _) => {
                    more_photos(given, content).map_or(Heard::Refused(complaint), Heard::MorePhotos)
                }
            }
        }
    }
}

/// Albums come as one message for each photo: those after the first belong to the same question.
fn more_photos(given: &[Given], content: &Content) -> Option<Answer> {
    let Content::Media(media) = content else { return None };
    let last = given.iter().rev().find(|given| !given.pieces.is_empty())?;
    let belongs = last.pieces.iter().any(|piece| piece.media.is_some()) && last.pieces.len() < MAX_PIECES;
    (belongs && is_photo(media)).then(|| photo(media))
}
