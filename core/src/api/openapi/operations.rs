//! What the types cannot tell: which of them an operation takes and gives, and what it refuses.
//!
//! The problems listed here are those that the edge makes of the operation itself; the ones of every
//! authenticated route are added for all of them.

use schemars::JsonSchema;
use serde::Serialize;
use serde_json::{Map, Value};

use super::super::knowledge::{
    NewCrisis, NewPack, NewRollback, PackDraft, PackHistory, PackInEffect, PackReport, PackWithSource,
    PreviewAnswer, PreviewQuestion, PublishedPack, TurnedCrisis,
};
use super::super::problem::ProblemKind::{
    self, BadRequest, ClaimedByOther, KnowledgeBroken, KnowledgeMovedOn, NameTaken, NotFound, NotReplayable,
    NotWanted, ThreadMovedOn, WindowClosed, WrongState,
};
use super::super::query::ThreadQuery;
use super::super::questions::{
    ConfusionReport, EntryForQuestions, EntryReplies, PhrasingForQuestions, QuestionPage, QuestionQuery,
};
use super::super::routes::Operation;
use super::super::{
    Agent, ConsentRecord, DeadLetterPage, DeadLetterView, MadeToken, NewLink, NewPause, NewToken, Note,
    OldLink, Reply, SendingAccount, Thread, ThreadPage, Token, Transcript,
};
use super::knowledge_examples as approved;
use super::schemas::{SchemaOf, of};
use super::{examples, learning};

const DESK: &str = "desk";
const THREADS: &str = "threads";
const DEAD_LETTERS: &str = "dead letters";
const ACCOUNTS: &str = "accounts";
const KNOWLEDGE: &str = "knowledge";
const TOKENS: &str = "tokens";

/// The groups of operations and what they are about.
pub(super) const TAGS: &[(&str, &str)] = &[
    (DESK, "About this API and whoever uses it."),
    (THREADS, "What people wrote, for humans to answer."),
    (DEAD_LETTERS, "What arrived, proved genuine and could not take effect."),
    (ACCOUNTS, "What lotse sends from, how fast, and whether it does."),
    (KNOWLEDGE, "The approved texts, the crisis switch, and what people asked in vain."),
    (TOKENS, "Who may use this API."),
];

/// One operation.
pub(super) struct Described {
    /// Its name for programs.
    pub id: &'static str,
    /// Its group.
    pub tag: &'static str,
    /// The type of its query.
    pub query: Option<SchemaOf>,
    /// Whether it takes a key under which it takes effect once.
    pub is_repeatable: bool,
    /// The type of its body and an example of one.
    pub body: Option<(SchemaOf, Value)>,
    /// The status of success.
    pub status: u16,
    /// What success gives, in words.
    pub gives: &'static str,
    /// What success gives.
    pub answer: Answer,
    /// What it may refuse.
    pub problems: &'static [ProblemKind],
}

/// The body of a success.
pub(super) enum Answer {
    /// None.
    Nothing,
    /// JSON.
    Json {
        /// Its type.
        schema: SchemaOf,
        /// One such value.
        example: Option<Value>,
    },
}

impl Described {
    fn gives<T: JsonSchema>(id: &'static str, tag: &'static str, gives: &'static str) -> Self {
        let answer = Answer::Json { schema: of::<T>, example: None };
        Self {
            id,
            tag,
            query: None,
            is_repeatable: false,
            body: None,
            status: 200,
            gives,
            answer,
            problems: &[],
        }
    }

    fn gives_nothing(id: &'static str, tag: &'static str, gives: &'static str) -> Self {
        Self { status: 204, answer: Answer::Nothing, ..Self::gives::<()>(id, tag, gives) }
    }

    /// A command to a thread: all of them give how it stands, and may be given twice under one key.
    fn command(id: &'static str) -> Self {
        let thread = Self::gives::<Thread>(id, THREADS, "How the thread stands now.");
        Self { is_repeatable: true, ..thread }
    }

    fn example(mut self, value: &impl Serialize) -> Self {
        if let Answer::Json { example, .. } = &mut self.answer {
            *example = Some(json(value));
        }
        self
    }

    fn takes<T: JsonSchema + Serialize>(self, example: &T) -> Self {
        Self { body: Some((of::<T>, json(example))), ..self }
    }

    fn refuses(self, problems: &'static [ProblemKind]) -> Self {
        Self { problems, ..self }
    }
}

fn json(value: &impl Serialize) -> Value {
    serde_json::to_value(value).unwrap_or_default()
}

/// Describes an operation.
pub(super) fn described(operation: Operation) -> Described {
    match operation {
        Operation::OpenApi => {
            Described::gives::<Map<String, Value>>("describeApi", DESK, "An OpenAPI 3.1 document.")
        }
        Operation::WhoAmI => {
            Described::gives::<Agent>("whoAmI", DESK, "Name and role.").example(&examples::agent())
        }
        Operation::ListThreads => Described {
            query: Some(ThreadQuery::json_schema),
            ..Described::gives::<ThreadPage>("listThreads", THREADS, "A page of threads.")
                .example(&examples::thread_page())
                .refuses(&[BadRequest])
        },
        Operation::ReadThread => Described::gives::<Transcript>("readThread", THREADS, "All its lines.")
            .example(&examples::transcript())
            .refuses(&[NotFound]),
        Operation::OpenThread => Described::command("openThread").refuses(&[NotFound]),
        Operation::ClaimThread => Described::command("claimThread")
            .example(&examples::claimed_thread())
            .refuses(&[NotFound, ClaimedByOther, WrongState]),
        Operation::ReleaseThread => {
            Described::command("releaseThread").refuses(&[NotFound, ClaimedByOther, WrongState])
        }
        Operation::FreeThread => Described::command("freeThread").refuses(&[NotFound, WrongState]),
        Operation::ReplyToThread => Described::command("replyToThread")
            .takes::<Reply>(&examples::reply())
            .refuses(&[NotFound, BadRequest, ClaimedByOther, ThreadMovedOn, WindowClosed, NotWanted]),
        Operation::NoteOnThread => Described::command("noteOnThread")
            .takes::<Note>(&examples::note())
            .refuses(&[NotFound, BadRequest]),
        Operation::ResolveThread => Described::command("resolveThread").refuses(&[NotFound, ClaimedByOther]),
        Operation::ReopenThread => Described::command("reopenThread").refuses(&[NotFound]),
        Operation::DropDraft => Described::command("dropDraft").refuses(&[NotFound, ClaimedByOther]),
        Operation::RecordConsent => Described::command("recordConsent")
            .takes::<ConsentRecord>(&examples::consent())
            .refuses(&[NotFound, BadRequest]),
        Operation::LinkAddress => Described::command("linkAddress")
            .takes::<NewLink>(&examples::link())
            .refuses(&[NotFound, BadRequest]),
        Operation::UnlinkAddress => Described::command("unlinkAddress")
            .takes::<OldLink>(&examples::old_link())
            .refuses(&[NotFound, BadRequest]),
        Operation::ListDeadLetters => {
            Described::gives::<DeadLetterPage>("listDeadLetters", DEAD_LETTERS, "The newest dead letters.")
                .example(&examples::dead_letter_page())
        }
        Operation::ReadDeadLetter => {
            Described::gives::<DeadLetterView>("readDeadLetter", DEAD_LETTERS, "The dead letter.")
                .example(&examples::dead_letter())
                .refuses(&[NotFound])
        }
        Operation::ReplayDeadLetter => Described::gives_nothing(
            "replayDeadLetter",
            DEAD_LETTERS,
            "It took effect and is gone from here.",
        )
        .refuses(&[NotFound, NotReplayable]),
        Operation::ListQuestions => Described {
            query: Some(QuestionQuery::json_schema),
            ..Described::gives::<QuestionPage>("listQuestions", KNOWLEDGE, "A page of groups.")
                .example(&learning::question_page())
                .refuses(&[BadRequest])
        },
        Operation::IgnoreQuestions => {
            Described::gives_nothing("ignoreQuestions", KNOWLEDGE, "It is hidden.").refuses(&[NotFound])
        }
        Operation::AddPhrasing => Described {
            status: 201,
            ..Described::gives::<PublishedPack>("addPhrasing", KNOWLEDGE, "The version that was published.")
                .takes::<PhrasingForQuestions>(&learning::phrasing())
                .refuses(&[NotFound, BadRequest, KnowledgeMovedOn, KnowledgeBroken])
        },
        Operation::AddEntry => Described {
            status: 201,
            ..Described::gives::<PublishedPack>("addEntry", KNOWLEDGE, "The version that was published.")
                .takes::<EntryForQuestions>(&learning::entry())
                .refuses(&[NotFound, BadRequest, KnowledgeMovedOn, KnowledgeBroken])
        },
        Operation::ListConfusions => Described::gives::<ConfusionReport>(
            "listConfusions",
            KNOWLEDGE,
            "Phrasings that would be answered wrongly, and entries that are too alike.",
        )
        .example(&learning::confusions()),
        Operation::ListReplies => Described::gives::<Vec<EntryReplies>>(
            "listReplies",
            KNOWLEDGE,
            "Every entry about which somebody said so, the one with the most complaints first.",
        )
        .example(&[learning::entry_replies()]),
        Operation::ListAccounts => {
            Described::gives::<Vec<SendingAccount>>("listAccounts", ACCOUNTS, "Every configured account.")
                .example(&[examples::resumed_account(), examples::stopped_account()])
        }
        Operation::PauseAccount => {
            Described::gives::<SendingAccount>("pauseAccount", ACCOUNTS, "How the account stands now.")
                .example(&examples::paused_account())
                .takes::<NewPause>(&examples::new_pause())
                .refuses(&[NotFound, BadRequest])
        }
        Operation::ResumeAccount => {
            Described::gives::<SendingAccount>("resumeAccount", ACCOUNTS, "How the account stands now.")
                .example(&examples::resumed_account())
                .refuses(&[NotFound])
        }
        Operation::ReadKnowledge => {
            Described::gives::<PackInEffect>("readKnowledge", KNOWLEDGE, "What is in effect.")
                .example(&approved::in_effect())
        }
        Operation::LintKnowledge => {
            Described::gives::<PackReport>("lintKnowledge", KNOWLEDGE, "What was found.")
                .example(&approved::report())
                .takes::<PackDraft>(&approved::draft())
                .refuses(&[BadRequest])
        }
        Operation::PreviewKnowledge => {
            Described::gives::<PreviewAnswer>("previewKnowledge", KNOWLEDGE, "What would be answered.")
                .example(&approved::preview())
                .takes::<PreviewQuestion>(&approved::question())
                .refuses(&[BadRequest, KnowledgeBroken])
        }
        Operation::PublishKnowledge => Described {
            status: 201,
            ..Described::gives::<PublishedPack>("publishKnowledge", KNOWLEDGE, "The new version.")
                .example(&approved::published())
                .takes::<NewPack>(&approved::new_pack())
                .refuses(&[BadRequest, KnowledgeMovedOn, KnowledgeBroken])
        },
        Operation::ListVersions => {
            Described::gives::<PackHistory>("listKnowledgeVersions", KNOWLEDGE, "The newest first.")
                .example(&approved::history())
        }
        Operation::ReadVersion => {
            Described::gives::<PackWithSource>("readKnowledgeVersion", KNOWLEDGE, "The version.")
                .example(&approved::with_source())
                .refuses(&[NotFound])
        }
        Operation::RollBackKnowledge => Described {
            status: 201,
            ..Described::gives::<PublishedPack>("rollBackKnowledge", KNOWLEDGE, "The new version.")
                .example(&approved::published())
                .takes::<NewRollback>(&approved::rollback())
                .refuses(&[BadRequest, NotFound, KnowledgeMovedOn, KnowledgeBroken])
        },
        Operation::TurnCrisis => {
            Described::gives::<TurnedCrisis>("turnCrisis", KNOWLEDGE, "How the switch stands now.")
                .example(&approved::turned())
                .takes::<NewCrisis>(&approved::new_crisis())
                .refuses(&[BadRequest, WrongState])
        }
        Operation::ListTokens => {
            Described::gives::<Vec<Token>>("listTokens", TOKENS, "Every token, the newest first.")
                .example(&[examples::token()])
        }
        Operation::MakeToken => Described {
            status: 201,
            ..Described::gives::<MadeToken>("makeToken", TOKENS, "The token with its value.")
                .example(&examples::made_token())
                .takes::<NewToken>(&examples::new_token())
                .refuses(&[BadRequest, NameTaken])
        },
        Operation::RevokeToken => {
            Described::gives_nothing("revokeToken", TOKENS, "It opens nothing any more.").refuses(&[NotFound])
        }
    }
}
