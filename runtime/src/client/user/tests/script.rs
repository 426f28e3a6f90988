//! A server that follows a script, over real sockets.

use std::{
    collections::{HashMap, VecDeque},
    sync::{Arc, Mutex},
};

use base64::{Engine as _, prelude::BASE64_URL_SAFE_NO_PAD};
use serde_json::{Value, json};
use tokio::{
    io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader},
    net::{TcpListener, TcpStream},
    task::JoinSet,
};

use crate::client::{App, AppBuilder};

/// A request as it arrived.
#[derive(Clone, Debug)]
pub(super) struct Request {
    pub(super) method: String,
    pub(super) path: String,
    pub(super) headers: HashMap<String, String>,
    pub(super) body: Value,
}

impl Request {
    pub(super) fn token(&self) -> Option<&str> {
        self.headers.get("authorization")?.strip_prefix("Bearer ")
    }
}

/// Status, further headers and body of an answer.
type Answer = (u16, Vec<(&'static str, String)>, Value);

/// Answers the requests to `METHOD path` in turn, the last one again and again.
pub(super) struct Script {
    pub(super) url: String,
    pub(super) requests: Arc<Mutex<Vec<Request>>>,
    pub(super) answers: Arc<Mutex<HashMap<String, VecDeque<Answer>>>>,
    _connections: JoinSet<()>,
}

pub(super) const API: &str = "/api/client/v2.0";
pub(super) const LOCATION: &str = "GET /api/client/v2.0/app/app/location";
pub(super) const SESSION: &str = "POST /api/client/v2.0/auth/session";
pub(super) const PROFILE: &str = "GET /api/client/v2.0/auth/profile";

impl Script {
    pub(super) async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let requests = Arc::new(Mutex::new(Vec::new()));
        let answers = Arc::<Mutex<HashMap<String, VecDeque<Answer>>>>::default();
        let mut connections = JoinSet::new();
        let (seen, known) = (Arc::clone(&requests), Arc::clone(&answers));
        connections.spawn(async move {
            let mut open = JoinSet::new();
            loop {
                let (stream, _) = listener.accept().await.unwrap();
                open.spawn(serve(stream, Arc::clone(&seen), Arc::clone(&known)));
            }
        });
        let script = Self { url, requests, answers, _connections: connections };
        script.answer(LOCATION, 200, json!({ "hostname": "" }));
        script
    }

    pub(super) fn answer(&self, request: &str, status: u16, body: Value) {
        self.answer_with(request, status, vec![], body);
    }

    pub(super) fn answer_with(
        &self,
        request: &str,
        status: u16,
        headers: Vec<(&'static str, String)>,
        body: Value,
    ) {
        let mut answers = self.answers.lock().unwrap();
        let answers = answers.entry(request.to_owned()).or_default();
        answers.push_back((status, headers, body));
    }

    /// Answers logins of this provider with a user.
    pub(super) fn answer_login(&self, provider: &str, user: &str) {
        self.answer(&login(provider), 200, session(user, &access_token("first", 1800)));
    }

    pub(super) fn forget(&self, request: &str) {
        self.answers.lock().unwrap().remove(request);
    }

    pub(super) fn builder(&self) -> AppBuilder {
        App::builder("app").base_url(&self.url)
    }

    pub(super) fn app(&self) -> App {
        self.builder().build().unwrap()
    }

    pub(super) fn requests(&self) -> Vec<Request> {
        self.requests.lock().unwrap().clone()
    }

    /// Methods and paths below the API, in order.
    pub(super) fn paths(&self) -> Vec<String> {
        let requests = self.requests();
        let short = |request: &Request| {
            format!("{} {}", request.method, request.path.replace(API, "").replace("/app/app", ""))
        };
        requests.iter().map(short).collect()
    }
}

async fn serve(
    stream: TcpStream,
    requests: Arc<Mutex<Vec<Request>>>,
    answers: Arc<Mutex<HashMap<String, VecDeque<Answer>>>>,
) {
    let mut stream = BufReader::new(stream);
    while let Some(request) = read(&mut stream).await {
        let key = format!("{} {}", request.method, request.path);
        requests.lock().unwrap().push(request);
        let (status, headers, body) = {
            let mut answers = answers.lock().unwrap();
            match answers.get_mut(&key) {
                Some(answers) if answers.len() > 1 => answers.pop_front().unwrap(),
                Some(answers) => answers[0].clone(),
                None => (404, vec![], json!({ "error": format!("no answer to {key}") })),
            }
        };
        let body = if body.is_null() { String::new() } else { body.to_string() };
        let mut head = format!("HTTP/1.1 {status} X\r\ncontent-length: {}\r\n", body.len());
        if !body.is_empty() {
            head.push_str("content-type: application/json\r\n");
        }
        for (name, value) in headers {
            head = format!("{head}{name}: {value}\r\n");
        }
        if stream.write_all(format!("{head}\r\n{body}").as_bytes()).await.is_err() {
            return;
        }
    }
}

async fn read(stream: &mut BufReader<TcpStream>) -> Option<Request> {
    let mut line = String::new();
    stream.read_line(&mut line).await.ok()?;
    let mut words = line.split_whitespace();
    let (method, path) = (words.next()?.to_owned(), words.next()?.to_owned());
    let mut headers = HashMap::new();
    loop {
        let mut line = String::new();
        stream.read_line(&mut line).await.ok()?;
        let Some((name, value)) = line.trim_end().split_once(':') else { break };
        headers.insert(name.to_lowercase(), value.trim().to_owned());
    }
    let length = headers.get("content-length").map_or(0, |length| length.parse().unwrap());
    let mut body = vec![0; length];
    stream.read_exact(&mut body).await.ok()?;
    let body = serde_json::from_slice(&body).unwrap_or(Value::Null);
    Some(Request { method, path, headers, body })
}

pub(super) fn login(provider: &str) -> String {
    format!("POST {API}/app/app/auth/providers/{provider}/login")
}

pub(super) fn access_token(name: &str, lifetime: u64) -> String {
    let payload = json!({ "iat": 1000, "exp": 1000 + lifetime, "name": name }).to_string();
    format!("head.{}.signature", BASE64_URL_SAFE_NO_PAD.encode(payload))
}

pub(super) fn session(user: &str, access_token: &str) -> Value {
    json!({
        "access_token": access_token,
        "refresh_token": format!("refresh {user}"),
        "user_id": user,
        "device_id": "6b00000000000000000000dd",
    })
}

pub(super) fn error(code: &str) -> Value {
    json!({ "error": "no", "error_code": code })
}
