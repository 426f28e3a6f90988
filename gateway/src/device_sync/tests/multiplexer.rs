//! Conversations, message by message, without a socket.

use asymmetric_device_sync::message::RejectedUpdate;

use super::*;
use crate::device_sync::outcome::Stored;

/// The client's side of a connection.
struct Client {
    multiplexer: Multiplexer,
    jobs: Vec<Job>,
}

impl Client {
    fn new() -> Self {
        Self::of_version(14)
    }

    fn of_version(version: u32) -> Self {
        let version = ProtocolVersion::new(version).unwrap();
        Self { multiplexer: Multiplexer::new(version), jobs: Vec::new() }
    }

    fn try_say(&mut self, message: &str) -> Result<Vec<String>, ErrorCode> {
        let mut random = || Ok(Ident { file: 42, salt: 555 });
        let message = Bytes::copy_from_slice(message.as_bytes());
        let reaction =
            self.multiplexer.receive(&message, &mut random).map_err(|error| error.code)?;
        self.jobs.extend(reaction.job);
        Ok(texts(reaction.outbox))
    }

    fn say(&mut self, message: &str) -> Vec<String> {
        self.try_say(message).expect("the connection goes on")
    }

    /// The oldest upload was worked on.
    fn finish(&mut self, outcome: Outcome) -> Vec<String> {
        let job = self.jobs.remove(0);
        texts(self.multiplexer.finished(job.binding, outcome))
    }

    /// A client whose new file is in steady state.
    fn steady() -> Self {
        let mut client = Self::new();
        client.say("bind 1 0 0 1 0\n");
        client.say("ident 1 42 555 0 0 0 0 0 2\n{}");
        client.say("mark 1 2\n");
        client
    }
}

fn texts(outbox: Outbox) -> Vec<String> {
    outbox.into_iter().map(|message| String::from_utf8(message).unwrap()).collect()
}

fn stored(client_version: u64) -> Outcome {
    Outcome::Stored(Stored { client_version, server_version: 1, refused: Vec::new() })
}

fn failed() -> Outcome {
    Outcome::Failed(ServerError::new(ErrorCode::OtherSessionError, "the store is away"))
}

const UPLOAD: &str = "upload 1 0 15 0 3 1 1\n3 1 1000 0 2 ab";
const BOOTSTRAP: &str = "1 0 1000 1 3 3 \u{3f}\0\0";

#[test]
fn a_new_file_gets_an_identity_a_bootstrap_and_its_mark() {
    let mut client = Client::new();
    assert_eq!(client.say("bind 1 0 0 1 0\n"), ["ident 1 42 555\n"]);
    assert_eq!(
        client.say("ident 1 42 555 0 0 0 0 0 2\n{}"),
        [format!("download 1 1 0 1 555 0 0 0 1 1 0 18 0\n{BOOTSTRAP}")]
    );
    assert_eq!(client.say("mark 1 2\n"), ["mark 1 2\n"]);
    assert!(client.say(UPLOAD).is_empty(), "nothing is acknowledged before it is durable");
    assert_eq!(client.finish(stored(3)), ["download 1 2 3 2 555 3 1 0 2 1 0 0 0\n"]);
}

#[test]
fn clients_before_version_12_read_another_progress() {
    let mut client = Client::of_version(11);
    client.say("bind 1 0 0 1 0\n");
    assert_eq!(
        client.say("ident 1 42 555 0 0 0 0 0 2\n{}"),
        [format!("download 1 1 0 1 555 0 0 0 1 0 0 18 0\n{BOOTSTRAP}")]
    );
}

#[test]
fn uploads_without_changesets_are_never_answered() {
    let mut client = Client::steady();
    assert!(client.say("upload 1 0 0 0 4 2 2\n").is_empty());
    assert!(client.jobs.is_empty());
}

#[test]
fn a_returning_file_is_told_nothing_before_its_first_upload() {
    let mut client = Client::new();
    client.say("bind 1 0 0 0 0\n");
    // It has integrated version 70 of a server that this one never heard of.
    assert!(client.say("ident 1 9001 77 68 12 70 4711 0 2\n{}").is_empty());
    assert_eq!(client.say("mark 1 2\n"), ["mark 1 2\n"]);
    // Its first upload counts even without changesets.
    assert!(client.say("upload 1 0 0 0 15 68 68\n").is_empty());
    assert_eq!(client.jobs[0].ident, Ident { file: 9001, salt: 77 });
    let stored = Stored { client_version: 15, server_version: 68, refused: Vec::new() };
    assert_eq!(
        client.finish(Outcome::Stored(stored)),
        ["download 1 71 15 71 4711 15 68 0 2 1 0 0 0\n"]
    );
    // The next one without changesets is not answered.
    assert!(client.say("upload 1 0 0 0 15 71 71\n").is_empty());
    assert!(client.jobs.is_empty());
}

#[test]
fn what_a_returning_file_subscribes_to_waits_for_its_first_upload() {
    let mut client = Client::new();
    client.say("bind 1 0 0 0 0\n");
    client.say("ident 1 9001 77 70 12 70 4711 1 2\n{}");
    assert!(client.say("query 1 2 2\n{}").is_empty());
    assert!(client.say("mark 1 3\n").is_empty());
    client.say("upload 1 0 15 0 3 1 1\n3 1 1000 0 2 ab");
    assert_eq!(
        client.finish(stored(3)),
        [
            "download 1 71 3 71 4711 3 1 1 2 1 0 0 0\n".to_owned(),
            "download 1 72 3 72 4711 3 1 2 1 1 0 19 0\n72 3 1000 1 3 3 \u{3f}\0\0".to_owned(),
            "mark 1 3\n".to_owned(),
        ]
    );
}

#[test]
fn a_subscription_is_answered_with_nothing_and_then_its_version_is_the_clients() {
    let mut client = Client::steady();
    assert_eq!(
        client.say("query 1 1 2\n{}"),
        ["download 1 2 0 2 555 0 0 1 1 1 0 18 0\n2 0 1000 1 3 3 \u{3f}\0\0"]
    );
    client.say(UPLOAD);
    assert_eq!(client.finish(stored(3)), ["download 1 3 3 3 555 3 1 1 2 1 0 0 0\n"]);
}

#[test]
fn refused_objects_are_told_before_the_acknowledgement_that_carries_them_to_the_app() {
    let mut client = Client::steady();
    client.say(UPLOAD);
    let update = RejectedUpdate {
        table: "M".to_owned(),
        pk: "ASo=".to_owned(),
        reason: "`n` is missing".to_owned(),
    };
    let refused = vec![(3, update.clone()); 101].into_iter().chain([(4, update)]).collect();
    let told =
        client.finish(Outcome::Stored(Stored { client_version: 4, server_version: 1, refused }));
    assert_eq!(told.len(), 4);
    assert!(told[0].starts_with("json_error 231 "), "{}", told[0]);
    assert!(told[0].contains("100 objects were refused; the first, of `M`: `n` is missing"));
    assert!(told[1].contains(r#""compensatingWriteServerVersion":2,"rejectedClientVersion":3"#));
    assert!(told[2].contains(r#""rejectedClientVersion":4"#));
    assert!(told[3].starts_with("download 1 2 4 2 555 4 1 0 2 1 0 18 0\n2 4 "), "{}", told[3]);
}

#[test]
fn after_an_error_a_session_is_silent_until_it_is_bound_again() {
    let mut client = Client::steady();
    client.say(UPLOAD);
    client.say(UPLOAD);
    let told = client.finish(failed());
    assert!(told[0].starts_with("json_error 201 "), "{told:?}");
    // What comes after is ignored, the result of the second upload too.
    let second = client.jobs[0].binding;
    assert!(!client.multiplexer.wants(second));
    assert!(client.say("mark 1 3\n").is_empty());
    assert!(client.say(UPLOAD).is_empty());
    assert!(client.say("unbind 1\n").is_empty(), "a failed session is not told that it is over");
    assert_eq!(client.say("bind 1 0 0 0 0\n"), [""; 0]);
    assert!(client.say("ident 1 42 555 1 0 1 555 0 2\n{}").is_empty());
    assert!(client.finish(stored(3)).is_empty(), "it belongs to the binding before");
    client.say(UPLOAD);
    assert_eq!(client.finish(stored(3)), ["download 1 2 3 2 555 3 1 0 2 1 0 0 0\n"]);
}

#[test]
fn a_session_is_over_when_its_uploads_are() {
    let mut client = Client::steady();
    client.say(UPLOAD);
    assert!(client.say("unbind 1\n").is_empty());
    assert_eq!(client.finish(stored(3)), ["unbound 1\n"]);
    // Messages that were on their way are ignored; the number is free again.
    assert!(client.say("mark 1 9\n").is_empty());
    assert_eq!(client.say("bind 1 0 0 1 0\n"), ["ident 1 42 555\n"]);
    // Before it said who it is, too.
    assert_eq!(client.say("unbind 1\n"), ["unbound 1\n"]);
}

#[test]
fn several_files_share_a_connection() {
    let mut client = Client::steady();
    client.say("bind 2 0 0 0 0\n");
    client.say("ident 2 43 1 0 0 0 0 0 2\n{}");
    client.say("upload 2 0 15 0 3 1 1\n3 1 1000 0 2 ab");
    client.say(UPLOAD);
    assert!(client.finish(failed())[0].ends_with('}'));
    assert_eq!(client.finish(stored(3)), ["download 1 2 3 2 555 3 1 0 2 1 0 0 0\n"]);
}

#[test]
fn a_ping_is_answered_while_uploads_are_worked_on() {
    let mut client = Client::steady();
    client.say(UPLOAD);
    assert_eq!(client.say("ping 2960552 0\n"), ["pong 2960552\n"]);
}

#[test]
fn messages_out_of_order_end_the_connection() {
    let bound = || {
        let mut client = Client::new();
        client.say("bind 1 0 0 1 0\n");
        client
    };
    assert_eq!(bound().try_say("mark 2 1\n"), Err(ErrorCode::BadSessionIdent));
    assert_eq!(bound().try_say("bind 0 0 0 1 0\n"), Err(ErrorCode::BadSessionIdent));
    assert_eq!(bound().try_say("bind 1 0 0 1 0\n"), Err(ErrorCode::ReuseOfSessionIdent));
    assert_eq!(bound().try_say(UPLOAD), Err(ErrorCode::BadMessageOrder));
    assert_eq!(bound().try_say("mark 1 1\n"), Err(ErrorCode::BadMessageOrder));
    assert_eq!(bound().try_say("query 1 1 2\n{}"), Err(ErrorCode::BadMessageOrder));
    assert_eq!(bound().try_say("hello\n"), Err(ErrorCode::UnknownMessage));
    assert_eq!(bound().try_say("mark\n"), Err(ErrorCode::BadSyntax));
    let again = "ident 1 42 555 0 0 0 0 0 2\n{}";
    assert_eq!(Client::steady().try_say(again), Err(ErrorCode::BadMessageOrder));
    let mut twice = Client::steady();
    twice.say("bind 2 0 0 0 0\n");
    let same_file = "ident 2 42 555 0 0 0 0 0 2\n{}";
    assert_eq!(twice.try_say(same_file), Err(ErrorCode::BoundInOtherSession));
}

#[test]
fn clients_that_have_a_log_are_told_what_the_server_knows_them_by() {
    for (version, expected) in [
        (9, vec!["ident 1 42 555\n"]),
        (
            10,
            vec![
                "log_message 1 103\n{\"level\":\"info\",\"msg\":\"bound; the server's log knows this \
                 connection by the request id\",\"co_id\":\"6b06\"}",
                "ident 1 42 555\n",
            ],
        ),
    ] {
        let mut client = Client::of_version(version);
        client.multiplexer = client.multiplexer.known_as("6b06".to_owned());
        assert_eq!(client.say("bind 1 0 0 1 0\n"), expected, "{version}");
    }
}
