//! A Realm client on a connection.

use std::{io, io::Write as _};

use asymmetric_device_sync::message::BatchState;
use flate2::{Compression, write::ZlibEncoder};
use futures_util::{SinkExt as _, StreamExt as _};
use tokio::net::TcpStream;
use tokio_tungstenite::{
    WebSocketStream, client_async,
    tungstenite::{
        self, Message, client::IntoClientRequest as _, http::HeaderValue, protocol::CloseFrame,
    },
};

use super::{
    RealmFile,
    server_message::{Cursors, Read, Refusal, Said},
};

/// Bytes of changesets after which a client begins another upload.
const UPLOAD_BYTES: usize = 131_072;
/// Largest number of a file: clients make keys of local objects from it.
const MAX_FILE: u64 = (1 << 30) - 1;
/// Bytes from which on a client compresses.
const COMPRESSED_FROM: usize = 1024;

/// A generation of clients; they differ in what they send and expect.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Generation {
    /// Core 12.6.0: protocol 6, and `/` in tokens.
    Core12,
    /// Core 13.26: protocol 11.
    Core13,
    /// Core 14.14: protocol 14.
    Core14,
}

impl Generation {
    /// All generations.
    pub const ALL: [Self; 3] = [Self::Core12, Self::Core13, Self::Core14];

    const fn version(self) -> u32 {
        match self {
            Self::Core12 => 6,
            Self::Core13 => 11,
            Self::Core14 => 14,
        }
    }

    fn tokens(self) -> Vec<String> {
        let separator = if self == Self::Core12 { '/' } else { '#' };
        let token = |version| format!("com.mongodb.realm-query-sync{separator}{version}");
        (2..=self.version()).rev().map(token).collect()
    }

    const fn bind_data(self) -> &'static str {
        match self {
            Self::Core12 => "",
            Self::Core13 | Self::Core14 => r#"{"schemaVersion":0,"sessionReason":0}"#,
        }
    }
}

/// What ended a conversation.
#[derive(Debug, thiserror::Error)]
pub enum ClientError {
    /// The web socket could not be opened; the status is that of the answer.
    #[error("the server answered {0}")]
    Refused(u16),
    /// The server broke a rule on which clients insist.
    #[error("the server broke a rule of the protocol: {0}")]
    Violation(String),
    /// The server told of an error that ends the session or the connection.
    #[error("error {code}, {action}: {message}")]
    Told {
        /// Its number.
        code: u64,
        /// What the client shall do.
        action: String,
        /// What happened.
        message: String,
    },
    /// The connection ended, with a code if there was one.
    #[error("the connection ended with {0:?}")]
    Closed(Option<u16>),
    /// The network failed.
    #[error("the network failed")]
    Io(#[from] io::Error),
}

/// A Realm client on a connection, with one file.
#[derive(Debug)]
pub struct RealmClient {
    socket: WebSocketStream<TcpStream>,
    generation: Generation,
    session: u64,
    sent: u64,
    mark: u64,
    /// Objects that the server refused, as far as the app was told.
    refused: Vec<Refusal>,
    untold: Vec<Refusal>,
}

impl RealmClient {
    /// Opens the web socket at `ws://address/api/client/v2.0/app/{app}/realm-sync`.
    pub async fn connect(
        address: std::net::SocketAddr,
        app: &str,
        access_token: &str,
        generation: Generation,
    ) -> Result<Self, ClientError> {
        Self::connect_offering(address, app, access_token, generation, &generation.tokens()).await
    }

    /// Opens the web socket and offers these tokens for its protocol.
    pub async fn connect_offering(
        address: std::net::SocketAddr,
        app: &str,
        access_token: &str,
        generation: Generation,
        tokens: &[String],
    ) -> Result<Self, ClientError> {
        let url =
            format!("ws://{address}/api/client/v2.0/app/{app}/realm-sync?baas_at={access_token}");
        let mut request = url.into_client_request().map_err(broken)?;
        let offered = HeaderValue::from_str(&tokens.join(", ")).expect("tokens are ASCII");
        request.headers_mut().insert("sec-websocket-protocol", offered);
        let stream = TcpStream::connect(address).await?;
        let socket = match client_async(request, stream).await {
            Ok((socket, _)) => socket,
            Err(tungstenite::Error::Http(response)) => {
                return Err(ClientError::Refused(response.status().as_u16()));
            }
            Err(error) => return Err(broken(error)),
        };
        Ok(Self {
            socket,
            generation,
            session: 1,
            sent: 0,
            mark: 1,
            refused: Vec::new(),
            untold: Vec::new(),
        })
    }

    /// Binds the file, tells who it is, and waits until the server lets it upload.
    pub async fn bind(&mut self, file: &mut RealmFile) -> Result<(), ClientError> {
        let data = self.generation.bind_data();
        let needs_ident = u8::from(file.ident.is_none());
        let session = self.session;
        let bind = format!("bind {session} {} 0 {needs_ident} 0\n{data}", data.len());
        self.say(bind.into_bytes()).await?;
        while file.ident.is_none() {
            self.step(file).await?;
        }
        let (ident, salt) = file.ident.unwrap_or_default();
        let query_version = file.query_version.unwrap_or(0);
        let ident = format!(
            "ident {session} {ident} {salt} {} {} {} {} {query_version} 2\n{{}}",
            file.download_server, file.download_client, file.latest_server, file.latest_salt,
        );
        self.say(ident.into_bytes()).await?;
        self.sent = file.upload_client;
        self.mark(file).await?;
        if let Some(version) = file.pending_query {
            self.say(format!("query {session} {version} 2\n{{}}").into_bytes()).await?;
        }
        Ok(())
    }

    /// Sends a mark and waits for it to come back.
    pub async fn mark(&mut self, file: &mut RealmFile) -> Result<(), ClientError> {
        self.mark += 1;
        let (session, request) = (self.session, self.mark);
        self.say(format!("mark {session} {request}\n").into_bytes()).await?;
        while self.step(file).await? != Some(Said::Mark(request)) {}
        Ok(())
    }

    /// Sends everything that was not sent on this connection, without waiting for answers.
    pub async fn upload(&mut self, file: &RealmFile) -> Result<(), ClientError> {
        let mut body = Vec::new();
        let sent = self.sent;
        for change in file.history.iter().filter(|change| change.version > sent) {
            let head = format!(
                "{} {} {} 0 {} ",
                change.version,
                change.server_version,
                change.written_at,
                change.changeset.len()
            );
            body.extend(head.into_bytes());
            body.extend(&change.changeset);
            if body.len() >= UPLOAD_BYTES {
                self.send_upload(file, change.version, &body).await?;
                body.clear();
            }
        }
        // Transactions without changes move the cursor too.
        if !body.is_empty() || self.sent < file.version {
            self.send_upload(file, file.version, &body).await?;
        }
        self.sent = file.version;
        Ok(())
    }

    /// Uploads, and waits until the server has acknowledged everything.
    pub async fn upload_all(&mut self, file: &mut RealmFile) -> Result<(), ClientError> {
        self.upload(file).await?;
        while !file.history.is_empty() {
            self.step(file).await?;
        }
        Ok(())
    }

    /// Leaves the session and waits until the server has, too.
    pub async fn unbind(&mut self, file: &mut RealmFile) -> Result<(), ClientError> {
        self.say(format!("unbind {}\n", self.session).into_bytes()).await?;
        while self.step(file).await? != Some(Said::Unbound) {}
        self.session += 1;
        Ok(())
    }

    /// Leaves a session of which the server told an error; it does not answer that.
    pub async fn unbind_failed(&mut self) -> Result<(), ClientError> {
        self.say(format!("unbind {}\n", self.session).into_bytes()).await
    }

    /// Asks for a sign of life and waits for it.
    pub async fn ping(&mut self, file: &mut RealmFile) -> Result<(), ClientError> {
        self.say(b"ping 2960552 0\n".to_vec()).await?;
        while self.step(file).await? != Some(Said::Pong(2_960_552)) {}
        Ok(())
    }

    /// The objects that the server refused, as the app was told of them.
    pub fn refused(&self) -> &[Refusal] {
        &self.refused
    }

    /// Sends a message of any kind.
    pub async fn say(&mut self, message: Vec<u8>) -> Result<(), ClientError> {
        self.socket.send(Message::Binary(message.into())).await.map_err(broken)
    }

    /// Reads one message and does with it what clients do.
    pub async fn step(&mut self, file: &mut RealmFile) -> Result<Option<Said>, ClientError> {
        let message = match self.socket.next().await {
            Some(Ok(Message::Binary(message))) => message,
            Some(Ok(Message::Close(frame))) => return Err(closed(frame)),
            Some(Ok(_)) => return Ok(None),
            Some(Err(error)) => return Err(broken(error)),
            None => return Err(ClientError::Closed(None)),
        };
        let read = Read::parse(&message, self.generation.version())
            .map_err(|what| ClientError::Violation(format!("{what}: {message:?}")))?;
        match read {
            Read::Said(said) => Ok(Some(said)),
            Read::Ident { file: number, salt } => {
                if file.ident.is_some() || salt == 0 {
                    return Err(ClientError::Violation("an identity nobody asked for".to_owned()));
                }
                if number > MAX_FILE {
                    return Err(ClientError::Violation(format!("{number} has over 30 bits")));
                }
                file.ident = Some((number, salt));
                Ok(None)
            }
            Read::Download(download) => {
                self.download(file, &download).await?;
                Ok(None)
            }
            Read::Refused(refused) => {
                self.untold.extend(refused);
                Ok(None)
            }
            Read::Error { code, action, message } => {
                Err(ClientError::Told { code, action, message })
            }
            Read::Log => Ok(None),
        }
    }

    async fn send_upload(
        &mut self,
        file: &RealmFile,
        version: u64,
        body: &[u8],
    ) -> Result<(), ClientError> {
        let session = self.session;
        let server = file.download_server;
        let mut compressed = Vec::new();
        if body.len() > COMPRESSED_FROM {
            let mut encoder = ZlibEncoder::new(&mut compressed, Compression::fast());
            encoder.write_all(body)?;
            encoder.finish()?;
        }
        let is_compressed = !compressed.is_empty() && compressed.len() < body.len();
        let (flag, size) = if is_compressed { (1, compressed.len()) } else { (0, 0) };
        let mut message =
            format!("upload {session} {flag} {} {size} {version} {server} {server}\n", body.len())
                .into_bytes();
        message.extend(if is_compressed { &compressed } else { body });
        self.say(message).await
    }

    /// Checks a download as clients do, and takes over what it says.
    async fn download(
        &mut self,
        file: &mut RealmFile,
        download: &Cursors,
    ) -> Result<(), ClientError> {
        check(file, download).map_err(|what| ClientError::Violation(what.to_owned()))?;
        file.download_server = download.download_server;
        file.download_client = download.download_client;
        file.latest_server = download.latest_server;
        file.latest_salt = download.latest_salt;
        file.upload_client = download.upload_client;
        file.upload_server = download.upload_server;
        file.history.retain(|change| change.version > download.upload_client);
        if download.batch_state == BatchState::Bootstrap {
            file.query_version = Some(download.query_version);
            file.pending_query = file.pending_query.filter(|v| *v != download.query_version);
        }
        if download.entries > 0 {
            // Only now does the app hear of them.
            self.refused.append(&mut self.untold);
        }
        // Clients report every version of the server by an upload without changesets.
        let message = format!(
            "upload {} 0 0 0 {} {} {}\n",
            self.session, self.sent, file.download_server, file.download_server
        );
        self.say(message.into_bytes()).await
    }
}

/// The rules for downloads that clients insist on.
fn check(file: &RealmFile, download: &Cursors) -> Result<(), &'static str> {
    let rules = [
        (download.latest_server >= file.latest_server, "the latest server version fell"),
        (download.download_server >= file.download_server, "the download cursor fell"),
        (download.download_client >= file.download_client, "the client's download cursor fell"),
        (download.upload_client >= file.upload_client, "the upload cursor fell"),
        (download.upload_client <= file.version, "more was acknowledged than there is"),
        (download.download_server <= download.latest_server, "the cursor is beyond the latest"),
        (download.download_client <= download.upload_client, "the cursors contradict each other"),
        (download.download_server >= download.upload_server, "the upload is beyond the download"),
        (
            download.upload_client != 0 || download.upload_server == 0,
            "nothing was acknowledged, at a version",
        ),
        (
            download.upload_server == 0 || download.upload_server >= file.upload_server,
            "the server's upload cursor fell",
        ),
        (download.latest_salt != 0, "the salt is 0"),
        (file.latest_salt == 0 || download.latest_salt == file.latest_salt, "the salt changed"),
        (
            download.batch_state == BatchState::Steady || download.entries > 0,
            "a bootstrap without a changeset",
        ),
        (
            download.batch_state == BatchState::Bootstrap
                || file.query_version == Some(download.query_version),
            "a steady message of other subscriptions",
        ),
        (
            download.batch_state == BatchState::Steady
                || file.pending_query == Some(download.query_version)
                || file.query_version.unwrap_or(0) == download.query_version,
            "a bootstrap of subscriptions that nobody has",
        ),
    ];
    match rules.iter().find(|(holds, _)| !holds) {
        Some((_, broken)) => Err(broken),
        None => Ok(()),
    }
}

fn broken(error: tungstenite::Error) -> ClientError {
    match error {
        tungstenite::Error::Io(error) => ClientError::Io(error),
        other => ClientError::Io(io::Error::other(other)),
    }
}

fn closed(frame: Option<CloseFrame>) -> ClientError {
    ClientError::Closed(frame.map(|frame| frame.code.into()))
}
