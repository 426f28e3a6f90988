//! Memory of a gateway that is sent much more than its store takes.

#![expect(clippy::unwrap_used, reason = "the helpers of tests are tests")]

use std::{
    fs,
    io::{BufRead as _, BufReader},
    process::{Child, Stdio},
    sync::Arc,
    time::Duration,
};

use asymmetric::{App, Credentials, Realm, RequestError, SyncEvent, asymmetric, realm_schema};
use asymmetric_testkit::{Mode, MongoServer, TcpProxy};
use tokio::sync::watch;

const MIB: usize = 1024 * 1024;
/// What the gateway may hold of batches.
const BUDGET_MIB: usize = 2;
const DEVICES: i64 = 24;
/// How often they are sent away before the overload ends.
const REFUSALS: usize = 48;
/// Objects of each device, and bytes of each.
const OBJECTS: i64 = 160;
const OBJECT_BYTES: usize = 64 * 1024;

/// An object with some bytes.
#[asymmetric(database = "plant", collection = "blobs")]
pub(crate) struct Blob {
    #[asymmetric(primary_key)]
    id: i64,
    content: Vec<u8>,
}

realm_schema! { pub(crate) struct Blobs = [Blob]; }

struct Gateway(Child);

impl Gateway {
    /// A line of what the kernel knows of its memory, in MiB.
    fn memory(&self, line: &str) -> usize {
        let status = fs::read_to_string(format!("/proc/{}/status", self.0.id())).unwrap();
        let found = status.lines().find_map(|found| found.strip_prefix(line)).unwrap();
        let kibibytes: usize = found.trim().strip_suffix(" kB").unwrap().parse().unwrap();
        kibibytes / 1024
    }
}

impl Drop for Gateway {
    fn drop(&mut self) {
        drop(self.0.kill());
        drop(self.0.wait());
    }
}

/// Opens the file of a device and fills it.
fn device(url: &str, directory: &std::path::Path, number: i64) -> Realm<Blobs> {
    let app = App::builder("weather").base_url(url).build().unwrap();
    let user = app.log_in_later(Credentials::anonymous());
    let realm = Realm::<Blobs>::builder(&user, directory.join(format!("{number}.realm")));
    let realm = realm.open().unwrap();
    // No two alike, and nothing that compresses away.
    let mut state = number.cast_unsigned() + 1;
    let mut noise = || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        state.to_le_bytes()
    };
    for object in 0..OBJECTS {
        let content = (0..OBJECT_BYTES / 8).flat_map(|_| noise()).collect();
        realm.create(Blob { id: number * OBJECTS + object, content }).unwrap();
    }
    realm
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn memory_does_not_follow_what_is_sent_and_everything_arrives_in_the_end() {
    let server = MongoServer::start().unwrap();
    let proxy = TcpProxy::start(server.address()).await.unwrap();
    let store = format!("mongodb://{}/?directConnection=true", proxy.address());
    let in_flight = BUDGET_MIB.to_string();
    let arguments = [
        "gateway",
        "--dev",
        "--store",
        &store,
        "--listen",
        "127.0.0.1:0",
        "--in-flight",
        &in_flight,
        "--log",
        "error",
    ];
    let mut gateway =
        Gateway(super::asymmetric(&arguments).stderr(Stdio::inherit()).spawn().unwrap());
    let mut line = String::new();
    BufReader::new(gateway.0.stdout.take().unwrap()).read_line(&mut line).unwrap();
    let url = line.trim_end().strip_prefix("gateway listening on ").unwrap().to_owned();
    let before = gateway.memory("VmRSS:");

    // The store takes far less than the devices send.
    proxy.set(Mode::Throttle(1024 * 1024));
    let directory = tempfile::tempdir().unwrap();
    let (refused, mut refusals) = watch::channel(0);
    let refused = Arc::new(refused);
    let mut watching = tokio::task::JoinSet::new();
    let mut realms = Vec::new();
    for number in 0..DEVICES {
        let (url, path) = (url.clone(), directory.path().to_owned());
        let realm = tokio::task::spawn_blocking(move || device(&url, &path, number));
        let realm = realm.await.unwrap();
        let mut events = realm.sync_session().events();
        let refused = Arc::clone(&refused);
        watching.spawn(async move {
            while let Some(event) = events.next().await {
                if let SyncEvent::Failed { error } = event
                    && let RequestError::Refused { status: 503, retry_after, .. } = &*error
                {
                    assert!(retry_after.is_some(), "the device is told when to come back");
                    refused.send_modify(|count| *count += 1);
                }
            }
        });
        realms.push(realm);
    }
    // The budget is used up, again and again.
    refusals.wait_for(|count| *count >= REFUSALS).await.unwrap();
    proxy.set(Mode::Forward);
    for realm in &realms {
        // A wish of the user's, so that the end of the overload is noticed at once.
        realm.sync_session().retry_now();
        realm.sync_session().wait_for_upload(Duration::from_secs(300)).await.unwrap();
        assert_eq!(realm.sync_session().progress().rejected, 0);
    }
    let most = gateway.memory("VmHWM:");
    let sent = usize::try_from(DEVICES * OBJECTS).unwrap() * OBJECT_BYTES / MIB;
    // Connections have buffers, and the allocator keeps what was freed; neither grows with what is sent.
    assert!(most - before < sent / 2, "{sent} MiB sent: {before} MiB before, {most} MiB at most");

    let output =
        super::asymmetric(&["documents", "count", "plant.blobs", "--store", &server.uri()]);
    let output = { output }.output().unwrap();
    let counted = String::from_utf8(output.stdout).unwrap();
    assert_eq!(counted.trim(), format!("{}  plant.blobs", DEVICES * OBJECTS));
}
