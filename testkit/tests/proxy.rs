//! The proxy in front of a server that answers every byte with the next one.

#![expect(clippy::unwrap_used, reason = "the helpers of tests are tests")]

use std::{net::SocketAddr, sync::Arc, time::Duration};

use asymmetric_testkit::{Mode, TcpProxy};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    sync::Semaphore,
    task::JoinSet,
    time::{Instant, timeout},
};

/// No step of these tests takes long; a lost one must not hang.
const PATIENCE: Duration = Duration::from_secs(30);

struct Server {
    address: SocketAddr,
    /// One permit for every byte that was answered.
    answered: Arc<Semaphore>,
    _tasks: JoinSet<()>,
}

async fn server() -> Server {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let answered = Arc::new(Semaphore::new(0));
    let count = Arc::clone(&answered);
    let mut tasks = JoinSet::new();
    tasks.spawn(async move {
        let mut connections = JoinSet::new();
        while let Ok((mut stream, _)) = listener.accept().await {
            let count = Arc::clone(&count);
            connections.spawn(async move {
                while let Ok(byte) = stream.read_u8().await {
                    if stream.write_u8(byte + 1).await.is_err() {
                        return;
                    }
                    count.add_permits(1);
                }
            });
        }
    });
    Server { address, answered, _tasks: tasks }
}

/// Sends a byte and reads the answer; `None` if the connection ends instead.
async fn exchange(stream: &mut TcpStream, byte: u8) -> Option<u8> {
    timeout(PATIENCE, async {
        stream.write_u8(byte).await.ok()?;
        stream.read_u8().await.ok()
    })
    .await
    .expect("the proxy answers or cuts")
}

async fn connect(proxy: &TcpProxy) -> TcpStream {
    TcpStream::connect(proxy.address()).await.unwrap()
}

#[tokio::test]
async fn forwards_both_ways_on_many_connections() {
    let server = server().await;
    let proxy = TcpProxy::start(server.address).await.unwrap();
    let (mut one, mut two) = (connect(&proxy).await, connect(&proxy).await);
    assert_eq!(exchange(&mut one, 1).await, Some(2));
    assert_eq!(exchange(&mut two, 3).await, Some(4));
    assert_eq!(exchange(&mut one, 5).await, Some(6));
}

#[tokio::test]
async fn end_of_one_direction_is_passed_on() {
    let server = server().await;
    let proxy = TcpProxy::start(server.address).await.unwrap();
    let mut stream = connect(&proxy).await;
    stream.write_u8(1).await.unwrap();
    stream.shutdown().await.unwrap();
    let mut answer = Vec::new();
    timeout(PATIENCE, stream.read_to_end(&mut answer)).await.unwrap().unwrap();
    assert_eq!(answer, [2]);
}

#[tokio::test]
async fn cut_ends_connections_and_new_ones_work() {
    let server = server().await;
    let proxy = TcpProxy::start(server.address).await.unwrap();
    let mut stream = connect(&proxy).await;
    assert_eq!(exchange(&mut stream, 1).await, Some(2));
    proxy.cut();
    let end = timeout(PATIENCE, stream.read_u8()).await.unwrap();
    assert!(end.is_err());
    assert_eq!(exchange(&mut connect(&proxy).await, 1).await, Some(2));
}

#[tokio::test]
async fn refuse_spares_connections_that_exist() {
    let server = server().await;
    let proxy = TcpProxy::start(server.address).await.unwrap();
    let mut old = connect(&proxy).await;
    assert_eq!(exchange(&mut old, 1).await, Some(2));
    proxy.set(Mode::Refuse);
    assert_eq!(exchange(&mut connect(&proxy).await, 1).await, None);
    assert_eq!(exchange(&mut old, 3).await, Some(4));
    proxy.set(Mode::Forward);
    assert_eq!(exchange(&mut connect(&proxy).await, 1).await, Some(2));
}

#[tokio::test]
async fn dropped_answer_was_given_and_never_arrives() {
    let server = server().await;
    let proxy = TcpProxy::start(server.address).await.unwrap();
    let mut stream = connect(&proxy).await;
    assert_eq!(exchange(&mut stream, 1).await, Some(2));
    let first = timeout(PATIENCE, server.answered.acquire()).await.unwrap().unwrap();
    first.forget();

    proxy.set(Mode::DropAnswers);
    assert_eq!(exchange(&mut stream, 3).await, None);
    timeout(PATIENCE, server.answered.acquire()).await.unwrap().unwrap().forget();
    timeout(PATIENCE, proxy.wait_for_answers_dropped(1)).await.unwrap();
    assert_eq!(proxy.answers_dropped(), 1);

    proxy.set(Mode::Forward);
    assert_eq!(exchange(&mut connect(&proxy).await, 3).await, Some(4));
}

#[tokio::test]
async fn delay_applies_to_each_direction() {
    let server = server().await;
    let proxy = TcpProxy::start(server.address).await.unwrap();
    let mut stream = connect(&proxy).await;
    proxy.set(Mode::Delay(Duration::from_millis(50)));
    let start = Instant::now();
    assert_eq!(exchange(&mut stream, 1).await, Some(2));
    assert!(start.elapsed() >= Duration::from_millis(100));
}

#[tokio::test]
async fn unreachable_target_looks_like_a_cut_connection() {
    let server = server().await;
    let proxy = TcpProxy::start(server.address).await.unwrap();
    drop(server);
    assert_eq!(exchange(&mut connect(&proxy).await, 1).await, None);
}

#[tokio::test]
async fn dropping_the_proxy_ends_its_connections() {
    let server = server().await;
    let proxy = TcpProxy::start(server.address).await.unwrap();
    let mut stream = connect(&proxy).await;
    assert_eq!(exchange(&mut stream, 1).await, Some(2));
    drop(proxy);
    let end = timeout(PATIENCE, stream.read_u8()).await.unwrap();
    assert!(end.is_err());
}
