//! Messages of both sides.

use asymmetric_device_sync::{
    changeset::Key,
    document::Objects,
    message::{
        BatchState, BindOptions, ClientMessage, Cursors, Download, Entry, ErrorCode, Ident,
        LogLevel, MessageError, NoOperation, Query, RejectedUpdate, Rejection, ServerError,
        ServerMessage, Upload,
    },
    negotiation::ProtocolVersion,
};

use crate::{bytes, vectors};

const LIMIT: usize = 1 << 20;

fn newest() -> ProtocolVersion {
    ProtocolVersion::new(14).unwrap()
}

fn upload(message: &[u8]) -> Upload<'_> {
    match ClientMessage::parse(message) {
        Ok(ClientMessage::Upload(upload)) => upload,
        other => panic!("{other:?}"),
    }
}

#[test]
fn files_bind_with_and_without_options() {
    let message = bytes(vectors::M1);
    assert_eq!(
        ClientMessage::parse(&message),
        Ok(ClientMessage::Bind {
            session: 1,
            need_ident: true,
            options: BindOptions { session_reason: 0, schema_version: 0 },
        })
    );
    let older = ClientMessage::parse(b"bind 1 0 0 1 0\n");
    assert_eq!(older, ClientMessage::parse(&message));
    let reset = br#"bind 7 31 0 0 0
{"sessionReason":1,"unknown":{}}"#;
    assert_eq!(
        ClientMessage::parse(reset),
        Err(MessageError::BodySize { message: "bind", expected: 31, found: 32 })
    );
    let reset = br#"bind 7 32 0 0 0
{"sessionReason":1,"unknown":{}}"#;
    assert_eq!(
        ClientMessage::parse(reset),
        Ok(ClientMessage::Bind {
            session: 7,
            need_ident: false,
            options: BindOptions { session_reason: 1, schema_version: 0 },
        })
    );
}

#[test]
fn files_say_who_they_are_and_what_they_subscribe_to() {
    assert_eq!(
        ClientMessage::parse(&bytes(vectors::M3)),
        Ok(ClientMessage::Ident {
            session: 1,
            ident: Ident { file: 2, salt: 7002 },
            cursors: Cursors::default(),
            query: Query { version: 0, text: "{}" },
        })
    );
    assert_eq!(
        ClientMessage::parse(&bytes(vectors::M10A)),
        Ok(ClientMessage::Query { session: 1, query: Query { version: 1, text: "{}" } })
    );
}

#[test]
fn the_small_messages_are_read() {
    let parse = |vector| {
        let message = bytes(vector);
        let parsed = ClientMessage::parse(&message).unwrap();
        format!("{parsed:?}")
    };
    assert_eq!(parse(vectors::M5), "Mark { session: 1, request: 2 }");
    assert_eq!(parse(vectors::M11_CLIENT), "Ping { timestamp: 2960552, round_trip_millis: 0 }");
    assert_eq!(parse(vectors::M12_CLIENT), "Unbind { session: 1 }");
    let error = ClientMessage::parse(b"json_error 112 17 1\n{\"message\":\"bad\"}");
    assert_eq!(
        error,
        Ok(ClientMessage::Error { session: 1, code: 112, message: "bad".to_owned() })
    );
}

#[test]
fn uploads_hold_changesets_in_order() {
    let message = bytes(vectors::M7);
    let upload = upload(&message);
    assert_eq!((upload.session, upload.progress_client, upload.progress_server), (1, 3, 1));
    let body = upload.decompress(LIMIT).unwrap();
    let entries: Vec<Entry<'_>> = upload.entries(&body).collect::<Result<_, _>>().unwrap();
    assert_eq!(
        entries,
        [
            Entry {
                client_version: 2,
                server_version: 1,
                written_at_millis: 1_795_315_459_000,
                changeset: &bytes(vectors::V1),
            },
            Entry {
                client_version: 3,
                server_version: 1,
                written_at_millis: 1_795_315_460_000,
                changeset: &bytes(vectors::V2),
            },
        ]
    );
    let single = bytes(vectors::M6);
    assert_eq!(self::upload(&single).decompress(LIMIT).unwrap().len(), 91);
}

#[test]
fn a_captured_upload_is_decompressed() {
    let message = bytes(vectors::CAPTURED_UPLOAD);
    let upload = upload(&message);
    assert_eq!((upload.progress_client, upload.size()), (10, 1080));
    let body = upload.decompress(1080).unwrap();
    let entries: Vec<Entry<'_>> = upload.entries(&body).collect::<Result<_, _>>().unwrap();
    assert_eq!(entries[0].changeset, bytes(vectors::CAPTURED_SCHEMA));
    assert_eq!(entries[1].changeset, bytes(vectors::CAPTURED_OBJECT));
    assert_eq!((entries[0].client_version, entries[1].client_version), (5, 6));
    assert_eq!(Objects::decode(entries[1].changeset).unwrap().into_objects().len(), 1);
}

#[test]
fn an_upload_without_changesets_only_tells_progress() {
    let upload = upload(b"upload 1 0 0 0 4 2 2\n");
    assert!(upload.is_empty());
    assert_eq!(upload.entries(&upload.decompress(0).unwrap()).count(), 0);
}

#[test]
fn a_body_larger_than_is_accepted_is_never_allocated() {
    let message = bytes(vectors::CAPTURED_UPLOAD);
    let refused = upload(&message).decompress(1079);
    assert_eq!(refused, Err(MessageError::TooLarge { size: 1080, limit: 1079 }));
    // A bomb announces little and becomes much.
    let mut encoder = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::best());
    std::io::Write::write_all(&mut encoder, &vec![0; 1 << 20]).unwrap();
    let bomb = encoder.finish().unwrap();
    for announced in [100, (1 << 20) - 1, (1 << 20) + 1] {
        let mut message = format!("upload 1 1 {announced} {} 1 1 1\n", bomb.len()).into_bytes();
        message.extend(&bomb);
        let refused = upload(&message).decompress(2 << 20);
        assert_eq!(refused, Err(MessageError::Decompression(announced)));
    }
    let mut message = format!("upload 1 1 {} {} 1 1 1\n", 1 << 20, bomb.len()).into_bytes();
    message.extend(&bomb);
    assert_eq!(upload(&message).decompress(1 << 20).unwrap().len(), 1 << 20);
    // More behind the end of the stream; less than the stream.
    for change in [1_isize, -1] {
        let length = bomb.len().checked_add_signed(change).unwrap();
        let mut message = format!("upload 1 1 {} {length} 1 1 1\n", 1 << 20).into_bytes();
        message.extend(bomb.iter().copied().chain([0]).take(length));
        let refused = upload(&message).decompress(1 << 20);
        assert_eq!(refused, Err(MessageError::Decompression(1 << 20)), "{change}");
    }
}

#[test]
fn changesets_that_do_not_add_up_are_refused() {
    let failure = |progress: u64, body: &str| {
        let message = format!("upload 1 0 {} 0 {progress} 1 1\n{body}", body.len());
        let upload = upload(message.as_bytes());
        let body = upload.decompress(LIMIT).unwrap();
        upload.entries(&body).find_map(Result::err).map(|error| (error.code(), error))
    };
    let head_at = |at| Some((ErrorCode::BadChangesetHeader, MessageError::EntryHead(at)));
    let head = head_at(0);
    // Versions that fall, repeat, start at 0, or go beyond what the header says.
    assert_eq!(failure(9, "5 1 100 0 3 abc4 1 100 0 3 abc"), head_at(15));
    assert_eq!(failure(9, "5 1 100 0 3 abc5 1 100 0 3 abc"), head_at(15));
    assert_eq!(failure(9, "0 1 1000 0 3 abc"), head);
    assert_eq!(failure(4, "5 1 1000 0 3 abc"), head);
    // Changes of another file; a word that is no number; a head that ends early.
    assert_eq!(failure(9, "5 1 1000 2 3 abc"), head);
    assert_eq!(failure(9, "5 x 1000 0 3 abc"), head);
    assert_eq!(failure(9, "5 1  1000 0 3 abc"), head);
    assert_eq!(failure(9, "5 1 1000"), head);
    let size = Some((ErrorCode::BadChangesetSize, MessageError::EntrySize(0)));
    assert_eq!(failure(9, "5 1 1000 0 4 abc"), size);
    assert_eq!(failure(9, "5 1 1000 0 3 abc"), None);
}

#[test]
fn malformed_headers_are_refused() {
    let code = |message: &[u8]| ClientMessage::parse(message).unwrap_err().code();
    assert_eq!(code(b"hello 1\n"), ErrorCode::UnknownMessage);
    assert_eq!(code(b"transact 1\n"), ErrorCode::UnknownMessage);
    assert_eq!(code(b"\xff\n"), ErrorCode::UnknownMessage);
    for message in [
        b"mark 1 2".as_slice(),
        b"",
        b"mark\n",
        b"mark 1\n",
        b"mark 1 2 3\n",
        b"mark  1 2\n",
        b"mark 1 2 \n",
        b"mark 1 +2\n",
        b"mark 1 -2\n",
        b"mark 1 0x2\n",
        b"mark 1 9223372036854775808\n",
        b"mark 1 2\nx",
        b"bind 1 0 0 2 0\n",
        b"bind 1 5 0 1 0\n{\"a\":",
        b"ident 1 2 7002 0 0 0 0\n",
        b"query 1 1 3\n{}",
        b"query 1 1 2\n\xff\xff",
        b"json_error 1 2 0\n{}x",
        b"upload 1 0 5 0 3 1 1\nabcd",
    ] {
        assert_eq!(code(message), ErrorCode::BadSyntax, "{:?}", String::from_utf8_lossy(message));
    }
    let endless = [b'1'; 4096];
    assert_eq!(code(&endless), ErrorCode::BadSyntax);
}

#[test]
fn frames_of_the_web_socket_hold_the_messages() {
    let frame = bytes(vectors::F2);
    let mask = &frame[2..6];
    let message: Vec<u8> =
        frame[6..].iter().zip(mask.iter().cycle()).map(|(byte, mask)| byte ^ mask).collect();
    assert!(matches!(ClientMessage::parse(&message), Ok(ClientMessage::Bind { session: 1, .. })));
    let pong = ServerMessage::Pong { timestamp: 2_960_552 }.encode(newest());
    assert_eq!(bytes(vectors::F1)[2..], pong);
}

fn download(server_version: u64, client_version: u64) -> Download {
    Download {
        session: 1,
        server_version,
        server_salt: 555,
        client_version,
        upload_server: 1,
        query_version: 0,
        batch_state: BatchState::Steady,
        entry: None,
    }
}

#[test]
fn messages_to_clients_have_the_bytes_that_they_accept() {
    let encode = |message: ServerMessage<'_>| message.encode(newest());
    let ident = Ident { file: 2, salt: 7002 };
    assert_eq!(encode(ServerMessage::Ident { session: 1, ident }), bytes(vectors::M2));
    assert_eq!(encode(ServerMessage::Mark { session: 1, request: 2 }), bytes(vectors::M5));
    let pong = ServerMessage::Pong { timestamp: 2_960_552 };
    assert_eq!(encode(pong), bytes(vectors::M11_SERVER));
    assert_eq!(encode(ServerMessage::Unbound { session: 1 }), bytes(vectors::M12_SERVER));
    let log = ServerMessage::Log {
        session: 0,
        level: LogLevel::Info,
        message: "hello",
        correlation_id: "req-123",
    };
    assert_eq!(encode(log), bytes(vectors::M14));

    let bootstrap = Download {
        upload_server: 0,
        batch_state: BatchState::Bootstrap,
        entry: Some(NoOperation),
        ..download(1, 0)
    };
    assert_eq!(encode(ServerMessage::Download(bootstrap)), bytes(vectors::M4));
    assert_eq!(encode(ServerMessage::Download(download(2, 3))), bytes(vectors::M8));
    let second = Download { query_version: 1, ..bootstrap };
    let second = Download { server_version: 3, client_version: 3, upload_server: 1, ..second };
    assert_eq!(encode(ServerMessage::Download(second)), bytes(vectors::M10B));
}

#[test]
fn clients_before_version_12_read_progress_in_bytes() {
    let eleven = ProtocolVersion::new(11).unwrap();
    let message = ServerMessage::Download(download(2, 3)).encode(eleven);
    assert_eq!(message, b"download 1 2 3 2 555 3 1 0 2 0 0 0 0\n");
}

#[test]
fn refused_objects_are_told_and_then_acknowledged() {
    let key = Key::ObjectId(*b"\x01\x02\x03\x04\x05\x06\x07\x08\x09\x0a\x0b\x0c");
    let rejection = Rejection {
        updates: vec![RejectedUpdate {
            table: "M".to_owned(),
            pk: RejectedUpdate::key(key),
            reason: "schema".to_owned(),
        }],
        server_version: 2,
        client_version: 3,
    };
    let error = ServerError::refused("rejected", rejection);
    let message = ServerMessage::Error { session: 1, error: &error }.encode(newest());
    assert_eq!(message, bytes(vectors::M9A));
    let release = Download { entry: Some(NoOperation), ..download(2, 3) };
    assert_eq!(ServerMessage::Download(release).encode(newest()), bytes(vectors::M9B));
}

#[test]
fn a_drained_connection_is_told_to_come_back() {
    let error = ServerError::new(ErrorCode::OtherConnectionError, "draining");
    assert!(error.code.ends_connection());
    let message = ServerMessage::Error { session: 0, error: &error }.encode(newest());
    assert_eq!(message, bytes(vectors::M13));
}
