//! A server that expects certain requests in a certain order, and answers as it is told to.

use std::{
    io::{BufRead as _, BufReader, Read as _, Write as _},
    net::{SocketAddr, TcpListener, TcpStream},
    thread::JoinHandle,
};

use serde_json::Value;

/// A running server.
pub(super) struct Conversation {
    address: SocketAddr,
    thread: JoinHandle<()>,
}

/// A request and its answer.
///
/// ```text
/// POST /auth/session [refresh-token]
/// {"a": 1}
/// -> 201
/// {"access_token": "…"}
/// ```
struct Exchange {
    request: String,
    body: Value,
    status: String,
    answer: String,
}

impl Conversation {
    /// Starts a server for these exchanges, separated by empty lines. Paths start at the API.
    pub(super) fn start(text: &str) -> Self {
        let exchanges: Vec<Exchange> = text.trim().split("\n\n").map(exchange).collect();
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let thread = std::thread::spawn(move || {
            for exchange in exchanges {
                let (stream, _) = listener.accept().unwrap();
                exchange.hold(&stream);
            }
        });
        Self { address, thread }
    }

    pub(super) fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Waits for the last answer: every request came.
    pub(super) fn end(self) {
        self.thread.join().unwrap();
    }
}

fn exchange(text: &str) -> Exchange {
    let (request, answer) = text.split_once("\n-> ").unwrap_or_else(|| panic!("no answer: {text}"));
    let (request, body) = request.split_once('\n').unwrap_or((request, "null"));
    let (status, answer) = answer.split_once('\n').unwrap_or((answer, ""));
    Exchange {
        request: request.to_owned(),
        body: serde_json::from_str(body).unwrap(),
        status: status.to_owned(),
        answer: answer.to_owned(),
    }
}

impl Exchange {
    fn hold(&self, mut stream: &TcpStream) {
        let mut reader = BufReader::new(stream);
        let mut line = || {
            let mut line = String::new();
            reader.read_line(&mut line).unwrap();
            line.trim_end().to_owned()
        };
        let start = line();
        let mut request = start.trim_end_matches(" HTTP/1.1").replace("/api/admin/v3.0", "");
        let mut length = 0;
        loop {
            let header = line();
            let Some((name, value)) = header.split_once(": ") else { break };
            match name.to_lowercase().as_str() {
                "content-length" => length = value.parse().unwrap(),
                "authorization" => request = format!("{request} [{}]", &value["Bearer ".len()..]),
                _ => {}
            }
        }
        let mut body = vec![0; length];
        reader.read_exact(&mut body).unwrap();
        let body: Value =
            if body.is_empty() { Value::Null } else { serde_json::from_slice(&body).unwrap() };
        assert_eq!((request, &body), (self.request.clone(), &self.body));
        let Self { status, answer, .. } = self;
        let length = answer.len();
        write!(
            stream,
            "HTTP/1.1 {status} -\r\ncontent-type: application/json\r\ncontent-length: {length}\r\n\
             connection: close\r\n\r\n{answer}"
        )
        .unwrap();
    }
}
