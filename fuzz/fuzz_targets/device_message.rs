//! Messages of devices, and the uploads among them, decompressed and taken apart.

#![no_main]

use asymmetric_device_sync::{
    document::Objects,
    message::{ClientMessage, MessageError},
    negotiation::negotiate,
};
use libfuzzer_sys::fuzz_target;

/// Far less than the gateway takes, so that a run is short.
const MAX_UPLOAD_BYTES: usize = 64 * 1024;

fuzz_target!(|message: &[u8]| {
    if let Ok(header) = std::str::from_utf8(message)
        && let Some(negotiated) = negotiate(header)
    {
        assert!(header.contains(negotiated.token));
    }
    match ClientMessage::parse(message) {
        Ok(ClientMessage::Upload(upload)) => {
            let body = match upload.decompress(MAX_UPLOAD_BYTES) {
                Ok(body) => body,
                Err(error) => return tell(&error),
            };
            assert_eq!(body.len() as u64, upload.size());
            let mut last = 0;
            for entry in upload.entries(&body) {
                match entry {
                    Ok(entry) => {
                        assert!(last < entry.client_version);
                        assert!(entry.client_version <= upload.progress_client);
                        last = entry.client_version;
                        drop(Objects::decode(entry.changeset));
                    }
                    Err(error) => tell(&error),
                }
            }
        }
        // Numbers of messages have 63 bits.
        Ok(message) => assert!(message.session().is_none_or(|session| session >> 63 == 0)),
        Err(error) => tell(&error),
    }
});

fn tell(error: &MessageError) {
    assert!(!error.to_string().is_empty());
    let _code = error.code();
}
