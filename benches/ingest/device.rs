//! A client of the upload protocol, and nothing else.

use std::{convert::Infallible, net::SocketAddr};

use anyhow::{Context as _, Result, ensure};
use asymmetric_protocol::{
    ClientFileId, SequenceNumber,
    batch::{BatchWriter, CONTENT_TYPE, ClassEntry},
    chunk::{ClassId, Codec, Cutter, Objects},
};
use asymmetric_schema::Fingerprint;
use serde_json::{Value, json};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _, BufStream},
    net::TcpStream,
};

use crate::{APP, COLLECTION, DATABASE, reading};

/// A device, as far as one of its connections goes.
#[derive(Debug)]
pub(crate) struct Device {
    stream: BufStream<TcpStream>,
    client: ClientFileId,
    token: String,
    next: u64,
    class: ClassEntry,
}

impl Device {
    /// One of the connections of a device. What they send is numbered apart.
    pub(crate) async fn connect(address: SocketAddr, number: u8, connection: u8) -> Result<Self> {
        let stream = TcpStream::connect(address).await?;
        stream.set_nodelay(true)?;
        let class = ClassEntry {
            id: ClassId::new(1),
            fingerprint: Fingerprint::from_bytes([0; 32]),
            time_series: false,
            title: COLLECTION.to_owned(),
            data_source: "mongodb-atlas".to_owned(),
            database: DATABASE.to_owned(),
            collection: COLLECTION.to_owned(),
        };
        let client = ClientFileId::from_bytes([number; 12]);
        let stream = BufStream::new(stream);
        let next = 1 + (u64::from(connection) << 40);
        let mut device = Self { stream, client, token: String::new(), next, class };
        let login =
            device.post("auth/providers/anon-user/login", "application/json", b"{}").await?;
        let token = login.get("access_token").and_then(Value::as_str).context("no token")?;
        token.clone_into(&mut device.token);
        Ok(device)
    }

    /// Sends a batch of so many readings, and waits until all are acknowledged.
    pub(crate) async fn upload(&mut self, batch_size: u64) -> Result<()> {
        let mut objects = Objects::new();
        for _ in 0..batch_size {
            objects.push_with(self.class.id, |out| {
                out.extend_from_slice(reading().as_bytes());
                Ok::<_, Infallible>(())
            })?;
        }
        let mut batch = BatchWriter::new(self.client, [&self.class]);
        let first = SequenceNumber::new(self.next);
        Cutter::new(Codec::None).cut(&mut objects, 0, first, 0, |_, chunk| {
            batch.push(chunk);
            Ok::<_, Infallible>(())
        })?;
        let answer = self.post("ingest", CONTENT_TYPE, &batch.finish()).await?;
        let last = self.next + batch_size - 1;
        let all = json!([[self.next, last]]);
        ensure!(answer.get("acknowledged") == Some(&all), "not acknowledged: {answer}");
        self.next = last + 1;
        Ok(())
    }

    /// A request that the gateway answers without doing anything.
    pub(crate) async fn ask_for_nothing(&mut self) -> Result<()> {
        self.stream.write_all(b"GET /healthz HTTP/1.1\r\nhost: gateway\r\n\r\n").await?;
        self.stream.flush().await?;
        self.answer().await.map(drop)
    }

    async fn post(&mut self, route: &str, content_type: &str, body: &[u8]) -> Result<Value> {
        let head = format!(
            "POST /api/client/v2.0/app/{APP}/{route} HTTP/1.1\r\nhost: gateway\r\n\
             authorization: Bearer {}\r\ncontent-type: {content_type}\r\ncontent-length: {}\r\n\r\n",
            self.token,
            body.len()
        );
        self.stream.write_all(head.as_bytes()).await?;
        self.stream.write_all(body).await?;
        self.stream.flush().await?;
        Ok(serde_json::from_slice(&self.answer().await?)?)
    }

    /// The body of the next answer.
    async fn answer(&mut self) -> Result<Vec<u8>> {
        let mut head = Vec::new();
        while !head.ends_with(b"\r\n\r\n") {
            head.push(self.stream.read_u8().await?);
        }
        let head = String::from_utf8(head)?.to_ascii_lowercase();
        let length = head.lines().find_map(|line| line.strip_prefix("content-length:"));
        let length = length.context("no length")?.trim().parse()?;
        let mut body = vec![0; length];
        self.stream.read_exact(&mut body).await?;
        ensure!(head.starts_with("http/1.1 2"), "{head}{}", String::from_utf8_lossy(&body));
        Ok(body)
    }
}
