//! Counting, and the text that Prometheus reads.

use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
    time::Duration,
};

use prometheus_client::{
    encoding::{EncodeLabelSet, text::encode},
    metrics::{counter::Counter, family::Family, gauge::Gauge, histogram::Histogram},
    registry::{Registry, Unit},
};

use crate::Counters;

/// Bounds of the time of requests, in seconds: a batch on a fast disk to a store that is stuck.
const SECONDS: [f64; 12] =
    [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1.0, 5.0, 20.0, 60.0];
/// Apps whose requests are counted one by one.
const MAX_APPS: usize = 10_000;

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct Request {
    /// The pattern, so that there are as many as there are routes.
    route: String,
    method: String,
    status: u16,
}

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct Route {
    route: String,
}

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct Protocol {
    version: u32,
}

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct Upload {
    outcome: &'static str,
}

/// What the requests of a gateway add up to.
#[derive(Debug)]
pub(crate) struct Telemetry {
    registry: Registry,
    requests: Family<Request, Counter>,
    duration: Family<Route, Histogram, fn() -> Histogram>,
    running: Gauge,
    batches: Counter,
    bytes: Counter,
    acknowledged: Counter,
    duplicates: Counter,
    rejected: Counter,
    in_flight: Gauge,
    apps: Gauge,
    devices: Family<Protocol, Gauge>,
    device_uploads: Family<Upload, Counter>,
    quarantined: Counter,
    /// Requests by client app id.
    by_app: Mutex<HashMap<String, u64>>,
}

impl Default for Telemetry {
    fn default() -> Self {
        let mut registry = Registry::with_prefix("asymmetric");
        let requests = Family::default();
        let duration =
            Family::new_with_constructor((|| Histogram::new(SECONDS)) as fn() -> Histogram);
        let running = Gauge::default();
        registry.register("http_requests", "Requests that were answered", requests.clone());
        registry.register_with_unit(
            "http_request_duration",
            "Time from the head of a request to the head of its answer",
            Unit::Seconds,
            duration.clone(),
        );
        registry.register("http_requests_running", "Requests that run", running.clone());
        let mut counter = |name, help| {
            let counter = Counter::default();
            registry.register(name, help, counter.clone());
            counter
        };
        let batches = counter("batches", "Batches that were answered");
        let bytes = counter("batch_bytes", "Bytes of these batches, decompressed");
        let acknowledged = counter("objects_acknowledged", "Objects that were acknowledged");
        let duplicates =
            counter("objects_duplicate", "Acknowledged objects that were there before");
        let rejected = counter("objects_rejected", "Objects that were rejected");
        let quarantined = counter(
            "device_sync_changesets_quarantined",
            "Changesets of Realm SDKs that were kept aside",
        );
        let devices = Family::<Protocol, Gauge>::default();
        registry.register(
            "device_sync_connections",
            "Open web sockets of Realm SDKs, by version of their protocol",
            devices.clone(),
        );
        let device_uploads = Family::default();
        registry.register(
            "device_sync_uploads",
            "Uploads over web sockets, by what became of them",
            device_uploads.clone(),
        );
        let in_flight = Gauge::default();
        registry.register("in_flight_bytes", "Bytes of batches in memory", in_flight.clone());
        let apps = Gauge::default();
        registry.register("apps", "Configured apps", apps.clone());
        Self {
            registry,
            requests,
            duration,
            running,
            batches,
            bytes,
            acknowledged,
            duplicates,
            rejected,
            in_flight,
            apps,
            devices,
            device_uploads,
            quarantined,
            by_app: Mutex::default(),
        }
    }
}

/// A request that runs, until it is dropped.
#[derive(Debug)]
pub(super) struct Running(Gauge);

impl Drop for Running {
    fn drop(&mut self) {
        self.0.dec();
    }
}

/// A device whose web socket is open, until it is dropped.
#[derive(Debug)]
pub(crate) struct Connected(Gauge);

impl Drop for Connected {
    fn drop(&mut self) {
        self.0.dec();
    }
}

impl Telemetry {
    /// Counts a device whose web socket was opened.
    pub(crate) fn device_connected(&self, version: u32) -> Connected {
        let devices = self.devices.get_or_create(&Protocol { version }).clone();
        devices.inc();
        Connected(devices)
    }

    /// Counts an upload over a web socket.
    pub(crate) fn device_uploaded(&self, outcome: &'static str) {
        self.device_uploads.get_or_create(&Upload { outcome }).inc();
    }

    /// Counts a changeset that was kept aside.
    pub(crate) fn changeset_quarantined(&self) {
        self.quarantined.inc();
    }

    pub(super) fn begin(&self) -> Running {
        self.running.inc();
        Running(self.running.clone())
    }

    pub(super) fn answered(&self, route: &str, method: &str, status: u16, took: Duration) {
        let (route, method) = (route.to_owned(), method.to_owned());
        self.duration.get_or_create(&Route { route: route.clone() }).observe(took.as_secs_f64());
        self.requests.get_or_create(&Request { route, method, status }).inc();
    }

    /// Counts a request to a configured app.
    pub(super) fn asked(&self, client_app_id: &str) {
        let mut by_app = self.by_app.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(count) = by_app.get_mut(client_app_id) {
            *count += 1;
        } else if by_app.len() < MAX_APPS {
            by_app.insert(client_app_id.to_owned(), 1);
        }
    }

    /// Requests to an app since the gateway started.
    pub(crate) fn requests_of(&self, client_app_id: &str) -> u64 {
        let by_app = self.by_app.lock().unwrap_or_else(PoisonError::into_inner);
        by_app.get(client_app_id).copied().unwrap_or_default()
    }

    /// Everything in the format of Prometheus.
    pub(crate) fn text(
        &self,
        now: Counters,
        in_flight_bytes: usize,
        apps: usize,
    ) -> Result<String, std::fmt::Error> {
        let Counters { batches, bytes, acknowledged, duplicates, rejected } = now;
        for (counter, total) in [
            (&self.batches, batches),
            (&self.bytes, bytes),
            (&self.acknowledged, acknowledged),
            (&self.duplicates, duplicates),
            (&self.rejected, rejected),
        ] {
            counter.inner().store(total, std::sync::atomic::Ordering::Relaxed);
        }
        self.in_flight.set(i64::try_from(in_flight_bytes).unwrap_or(i64::MAX));
        self.apps.set(i64::try_from(apps).unwrap_or(i64::MAX));
        let mut text = String::new();
        encode(&mut text, &self.registry)?;
        Ok(text)
    }
}
