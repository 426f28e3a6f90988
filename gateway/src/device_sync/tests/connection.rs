//! Whole conversations, over web sockets whose other end is here, on a paused clock.

use std::sync::Mutex;

use asymmetric_device_sync::{message::ClientMessage, negotiation::ProtocolVersion};
use tokio::{
    io::DuplexStream,
    sync::{mpsc, oneshot},
    task::JoinHandle,
};
use tokio_tungstenite::tungstenite::protocol::Role;

use super::*;
use crate::{device_sync::outcome::Stored, server::stoppable};

type Answer = Result<Outcome, ServerError>;

/// Hands every upload to the test, which decides when and how it ends.
struct ByHand(mpsc::Sender<(Vec<u8>, oneshot::Sender<Answer>)>);

impl Work for ByHand {
    async fn work(&self, job: &Job) -> Answer {
        let (answer, answered) = oneshot::channel();
        self.0.send((job.message.to_vec(), answer)).await.unwrap();
        answered.await.unwrap()
    }
}

struct Device {
    socket: WebSocketStream<DuplexStream>,
    uploads: mpsc::Receiver<(Vec<u8>, oneshot::Sender<Answer>)>,
    server: JoinHandle<()>,
    stop: Mutex<Option<Box<dyn Send>>>,
}

impl Device {
    async fn connect(expires_in: Duration) -> Self {
        let (client, server) = tokio::io::duplex(1 << 16);
        let (jobs, uploads) = mpsc::channel(64);
        let (stop, stopping) = stoppable();
        let server = tokio::spawn(async move {
            let socket = WebSocketStream::from_raw_socket(server, Role::Server, None).await;
            let version = ProtocolVersion::new(14).unwrap();
            let expires = Instant::now() + expires_in;
            serve(socket, Multiplexer::new(version), expires, &ByHand(jobs), stopping).await;
        });
        let socket = WebSocketStream::from_raw_socket(client, Role::Client, None).await;
        Self { socket, uploads, server, stop: Mutex::new(Some(Box::new(stop))) }
    }

    async fn steady() -> Self {
        let mut device = Self::connect(Duration::from_secs(86_400)).await;
        device.say("bind 1 0 0 1 0\n").await;
        let ident = device.hear().await;
        let ident = ident.trim_end().strip_prefix("ident 1 ").unwrap();
        device.say(&format!("ident 1 {ident} 0 0 0 0 0 2\n{{}}")).await;
        device.hear().await;
        device
    }

    async fn say(&mut self, message: &str) {
        self.socket.send(Message::Binary(message.as_bytes().to_vec().into())).await.unwrap();
    }

    async fn upload(&mut self, client_version: u64) {
        let entry = format!("{client_version} 1 1000 0 2 ab");
        self.say(&format!("upload 1 0 {} 0 {client_version} 1 1\n{entry}", entry.len())).await;
    }

    async fn hear(&mut self) -> String {
        match self.socket.next().await.unwrap().unwrap() {
            Message::Binary(message) => String::from_utf8(message.to_vec()).unwrap(),
            other => panic!("{other:?}"),
        }
    }

    /// The client's version of the next upload that is worked on, and how to end it.
    async fn work(&mut self) -> (u64, oneshot::Sender<Answer>) {
        let (message, answer) = self.uploads.recv().await.unwrap();
        match ClientMessage::parse(&message).unwrap() {
            ClientMessage::Upload(upload) => (upload.progress_client, answer),
            other => panic!("{other:?}"),
        }
    }
}

fn stored(client_version: u64) -> Outcome {
    Outcome::Stored(Stored { client_version, server_version: 1, refused: Vec::new() })
}

#[tokio::test(start_paused = true)]
async fn uploads_are_worked_on_in_order_and_answered_when_they_are_durable() {
    let mut device = Device::steady().await;
    device.upload(3).await;
    device.upload(5).await;
    let (first, answer) = device.work().await;
    assert_eq!(first, 3);
    // The second waits for the first; pings do not.
    device.say("ping 7 0\n").await;
    assert_eq!(device.hear().await, "pong 7\n");
    assert!(device.uploads.try_recv().is_err());
    answer.send(Ok(stored(3))).unwrap();
    assert!(device.hear().await.starts_with("download 1 2 3 2 "));
    let (second, answer) = device.work().await;
    assert_eq!(second, 5);
    answer.send(Ok(stored(5))).unwrap();
    assert!(device.hear().await.starts_with("download 1 3 5 3 "));
}

#[tokio::test(start_paused = true)]
async fn every_new_file_gets_an_identity_of_its_own() {
    let mut idents = std::collections::HashSet::new();
    for _ in 0..50 {
        let mut device = Device::connect(Duration::from_secs(60)).await;
        device.say("bind 1 0 0 1 0\n").await;
        let ident = device.hear().await;
        let [salt, file] = ident.trim_end().rsplitn(3, ' ').take(2).collect::<Vec<_>>()[..] else {
            panic!("{ident}")
        };
        assert!((1..i64::MAX as u64).contains(&salt.parse().unwrap()), "{ident}");
        assert!((2_u64..1 << 30).contains(&file.parse().unwrap()), "{ident}");
        assert!(idents.insert(ident));
    }
}

#[tokio::test(start_paused = true)]
async fn more_uploads_than_fit_the_queue_wait_in_the_network() {
    let mut device = Device::steady().await;
    let large = "x".repeat(QUEUED_BYTES / 2);
    let (mut sink, mut stream) = device.socket.split();
    let writer = tokio::spawn(async move {
        for version in 2..8 {
            let entry = format!("{version} 1 1000 0 {} {large}", large.len());
            let message = format!("upload 1 0 {} 0 {version} 1 1\n{entry}", entry.len());
            sink.send(Message::Binary(message.into_bytes().into())).await.unwrap();
        }
    });
    let mut answers = Vec::new();
    for version in 2..8 {
        let (_, answer) = device.uploads.recv().await.unwrap();
        // One is worked on, two wait, and what is on its way fits the pipe between.
        assert!(version > 4 || !writer.is_finished());
        answer.send(Ok(stored(version))).unwrap();
        answers.push(stream.next().await.unwrap().unwrap());
    }
    writer.await.unwrap();
    assert_eq!(answers.len(), 6);
}

#[tokio::test(start_paused = true)]
async fn an_upload_that_cannot_be_read_ends_the_connection_with_the_reason() {
    let mut device = Device::steady().await;
    device.upload(3).await;
    let (_, answer) = device.work().await;
    let error = ServerError::new(ErrorCode::BadDecompression, "the body is damaged");
    answer.send(Err(error)).unwrap();
    let told = device.hear().await;
    assert!(told.starts_with("json_error 110 ") && told.contains("the body is damaged"), "{told}");
    assert!(matches!(device.socket.next().await, Some(Ok(Message::Close(_)))));
    device.server.await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn a_server_that_stops_sends_clients_to_the_next() {
    let mut device = Device::steady().await;
    device.upload(3).await;
    let _unanswered = device.work().await;
    drop(device.stop.lock().unwrap().take());
    let told = device.hear().await;
    assert!(told.starts_with("json_error 101 ") && told.contains("Transient"), "{told}");
    assert!(matches!(device.socket.next().await, Some(Ok(Message::Close(_)))));
    device.server.await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn a_token_that_expires_sends_the_client_for_another() {
    let mut device = Device::connect(Duration::from_secs(60)).await;
    match device.socket.next().await {
        Some(Ok(Message::Close(Some(frame)))) => assert_eq!(u16::from(frame.code), 4001),
        other => panic!("{other:?}"),
    }
}

#[tokio::test(start_paused = true)]
async fn a_client_that_falls_silent_is_given_up() {
    let device = Device::steady().await;
    let start = Instant::now();
    device.server.await.unwrap();
    assert_eq!(start.elapsed(), SILENCE);
}

#[tokio::test(start_paused = true)]
async fn a_client_that_reads_nothing_is_given_up() {
    let mut device = Device::steady().await;
    // Pings whose answers nobody reads fill the pipe.
    let (mut sink, unread) = device.socket.split();
    let flood = tokio::spawn(async move {
        let ping = "ping 1234567890123456789 0\n".as_bytes().to_vec();
        while sink.send(Message::Binary(ping.clone().into())).await.is_ok() {}
    });
    device.server.await.unwrap();
    device.uploads.close();
    drop(unread);
    flood.await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn a_client_that_leaves_is_gone() {
    let device = Device::steady().await;
    drop(device.socket);
    device.server.await.unwrap();
}
