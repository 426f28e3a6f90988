//! Options of the gateway: the same names on the command line, in the environment and in a file.

use std::{
    fmt, fs,
    path::{Path, PathBuf},
    str::FromStr,
    time::Duration,
};

use asymmetric_gateway::{AdminAccount, TrustedProxy};
use serde::{Deserialize, Deserializer, de::Error as _};

use crate::{exit::Exit, failure::Failure, store::StoreAt};

/// Where clients are served, unless said otherwise.
const LISTEN: &str = "127.0.0.1:9090";
/// Where administrators are served, if clients are served to other machines.
const ADMIN_LISTEN: &str = "127.0.0.1:9091";
/// How long running requests get to end.
const DRAIN_SECONDS: u64 = 20;
/// Bytes of batches in memory.
const IN_FLIGHT_MIB: u64 = 256;

/// Options of the gateway.
///
/// What is not given on the command line or in the environment comes from the file.
#[derive(Debug, Default, clap::Args, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct Options {
    /// TOML file with these options, named as here without the dashes in front
    #[arg(long, value_name = "FILE", env = "ASYMMETRIC_CONFIG")]
    #[serde(skip)]
    config: Option<PathBuf>,
    /// Where objects go: `embedded:DIR` or a MongoDB connection string
    #[arg(long, value_name = "STORE", env = "ASYMMETRIC_STORE", hide_env_values = true)]
    #[serde(deserialize_with = "parsed")]
    store: Option<StoreAt>,
    /// Address for clients; port 0 takes any that is free [default: 127.0.0.1:9090]
    #[arg(long, value_name = "ADDR", env = "ASYMMETRIC_LISTEN", hide_env_values = true)]
    listen: Option<String>,
    /// Address for the Admin API and metrics [default: that of --listen if only this machine
    /// reaches it, or else 127.0.0.1:9091]
    #[arg(long, value_name = "ADDR", env = "ASYMMETRIC_ADMIN_LISTEN", hide_env_values = true)]
    admin_listen: Option<String>,
    /// App directory as the App Services CLI exports it; give it again for more apps
    #[arg(
        long,
        value_name = "DIR",
        env = "ASYMMETRIC_APP",
        hide_env_values = true,
        value_delimiter = ','
    )]
    app: Vec<PathBuf>,
    /// Schema lock of the apps whose directories have none: builds write it beside the directory
    #[arg(long, value_name = "FILE", env = "ASYMMETRIC_SCHEMA_LOCK", hide_env_values = true)]
    schema_lock: Option<PathBuf>,
    /// TOML file with secrets: a table per client app id, of names and values
    #[arg(long, value_name = "FILE", env = "ASYMMETRIC_SECRETS", hide_env_values = true)]
    secrets: Option<PathBuf>,
    /// Who may use the Admin API, as NAME:SECRET; give it again for more. Other users of the
    /// machine see the command line, so prefer the environment or the file
    #[arg(
        long,
        value_name = "NAME:SECRET",
        env = "ASYMMETRIC_ADMIN_KEY",
        hide_env_values = true,
        value_delimiter = ','
    )]
    #[serde(deserialize_with = "all_parsed")]
    admin_key: Vec<AdminAccount>,
    /// Serve every app id and accept every class, from everybody
    #[arg(long, env = "ASYMMETRIC_DEV", hide_env_values = true)]
    dev: bool,
    /// URL that clients shall use, if it is not the one they ask: behind a proxy, for example
    #[arg(long, value_name = "URL", env = "ASYMMETRIC_PUBLIC_URL", hide_env_values = true)]
    public_url: Option<String>,
    /// Proxy that is believed when it says in X-Forwarded-For whom it speaks for: an address or a
    /// network; give it again for more
    #[arg(
        long,
        value_name = "NET",
        env = "ASYMMETRIC_TRUSTED_PROXY",
        hide_env_values = true,
        value_delimiter = ','
    )]
    #[serde(deserialize_with = "all_parsed")]
    trusted_proxy: Vec<TrustedProxy>,
    /// Certificate chain in PEM, for TLS; read again when it changes
    #[arg(long, value_name = "FILE", env = "ASYMMETRIC_TLS_CERTIFICATE", hide_env_values = true)]
    tls_certificate: Option<PathBuf>,
    /// Private key of the certificate, in PEM
    #[arg(long, value_name = "FILE", env = "ASYMMETRIC_TLS_KEY", hide_env_values = true)]
    tls_key: Option<PathBuf>,
    /// Seconds that access tokens are good for; clients renew them in time [default: 1800]
    #[arg(
        long,
        value_name = "SECONDS",
        env = "ASYMMETRIC_ACCESS_TOKEN_LIFETIME",
        hide_env_values = true
    )]
    access_token_lifetime: Option<u64>,
    /// Seconds that refresh tokens are good for, where an app does not say otherwise; then users
    /// have to log in again, but for anonymous ones [default: 5184000]
    #[arg(
        long,
        value_name = "SECONDS",
        env = "ASYMMETRIC_REFRESH_TOKEN_LIFETIME",
        hide_env_values = true
    )]
    refresh_token_lifetime: Option<u64>,
    /// Mebibytes of batches in memory at once; above that, clients are told to come back
    /// [default: 256]
    #[arg(long, value_name = "MIB", env = "ASYMMETRIC_IN_FLIGHT", hide_env_values = true)]
    in_flight: Option<u64>,
    /// Seconds that running requests get to end when the gateway is told to stop [default: 20]
    #[arg(long, value_name = "SECONDS", env = "ASYMMETRIC_DRAIN", hide_env_values = true)]
    drain: Option<u64>,
    /// What to log: a level, or directives such as `asymmetric_gateway=debug` [default: info]
    #[arg(long, value_name = "FILTER", env = "ASYMMETRIC_LOG", hide_env_values = true)]
    log: Option<String>,
    /// How to log: text for people, or one JSON object per line [default: text]
    #[arg(long, value_name = "FORMAT", env = "ASYMMETRIC_LOG_FORMAT", hide_env_values = true)]
    log_format: Option<LogFormat>,
}

/// How a line of the log looks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum LogFormat {
    /// For people.
    #[default]
    Text,
    /// For programs.
    Json,
}

/// What the gateway runs with.
#[derive(Debug)]
pub(super) struct Settings {
    pub(super) store: StoreAt,
    pub(super) listen: String,
    pub(super) admin_listen: Option<String>,
    pub(super) apps: Vec<PathBuf>,
    pub(super) schema_lock: Option<PathBuf>,
    pub(super) secrets: Option<PathBuf>,
    pub(super) admins: Vec<AdminAccount>,
    pub(super) dev: bool,
    pub(super) public_url: Option<String>,
    pub(super) proxies: Vec<TrustedProxy>,
    pub(super) tls: Option<(PathBuf, PathBuf)>,
    pub(super) access_token_lifetime: Option<Duration>,
    pub(super) refresh_token_lifetime: Option<Duration>,
    pub(super) in_flight_bytes: usize,
    pub(super) drain_seconds: u64,
    pub(super) log: String,
    pub(super) log_format: LogFormat,
}

impl Options {
    /// Adds what the file says, and the defaults.
    pub(super) fn settle(self) -> Result<Settings, Failure> {
        let file = match &self.config {
            Some(path) => read(path)?,
            None => Self::default(),
        };
        let Self {
            config: _,
            store,
            listen,
            admin_listen,
            app,
            schema_lock,
            secrets,
            admin_key,
            dev,
            public_url,
            trusted_proxy,
            tls_certificate,
            tls_key,
            access_token_lifetime,
            refresh_token_lifetime,
            in_flight,
            drain,
            log,
            log_format,
        } = self.or(file);
        let tls = match (tls_certificate, tls_key) {
            (Some(certificate), Some(key)) => Some((certificate, key)),
            (None, None) => None,
            (Some(_), None) => return Err(missing("--tls-key", "--tls-certificate")),
            (None, Some(_)) => return Err(missing("--tls-certificate", "--tls-key")),
        };
        let store = store.ok_or_else(|| {
            Failure::new(Exit::Usage, "no store is given").hint(
                "pass `--store embedded:DIR` or `--store mongodb://HOST`, or set it in the file",
            )
        })?;
        let in_flight = in_flight.unwrap_or(IN_FLIGHT_MIB).saturating_mul(1024 * 1024);
        Ok(Settings {
            store,
            listen: listen.unwrap_or_else(|| LISTEN.to_owned()),
            admin_listen,
            apps: app,
            schema_lock,
            secrets,
            admins: admin_key,
            dev,
            public_url,
            proxies: trusted_proxy,
            tls,
            access_token_lifetime: access_token_lifetime.map(Duration::from_secs),
            refresh_token_lifetime: refresh_token_lifetime.map(Duration::from_secs),
            in_flight_bytes: usize::try_from(in_flight).unwrap_or(usize::MAX),
            drain_seconds: drain.unwrap_or(DRAIN_SECONDS),
            log: log.unwrap_or_else(|| "info".to_owned()),
            log_format: log_format.unwrap_or_default(),
        })
    }

    /// These options, and those of `other` where nothing is given.
    fn or(self, other: Self) -> Self {
        Self {
            config: self.config,
            store: self.store.or(other.store),
            listen: self.listen.or(other.listen),
            admin_listen: self.admin_listen.or(other.admin_listen),
            app: if self.app.is_empty() { other.app } else { self.app },
            schema_lock: self.schema_lock.or(other.schema_lock),
            secrets: self.secrets.or(other.secrets),
            admin_key: if self.admin_key.is_empty() { other.admin_key } else { self.admin_key },
            dev: self.dev || other.dev,
            public_url: self.public_url.or(other.public_url),
            trusted_proxy: if self.trusted_proxy.is_empty() {
                other.trusted_proxy
            } else {
                self.trusted_proxy
            },
            tls_certificate: self.tls_certificate.or(other.tls_certificate),
            tls_key: self.tls_key.or(other.tls_key),
            access_token_lifetime: self.access_token_lifetime.or(other.access_token_lifetime),
            refresh_token_lifetime: self.refresh_token_lifetime.or(other.refresh_token_lifetime),
            in_flight: self.in_flight.or(other.in_flight),
            drain: self.drain.or(other.drain),
            log: self.log.or(other.log),
            log_format: self.log_format.or(other.log_format),
        }
    }
}

impl Settings {
    /// Where administrators are served, if not on the address of clients, given whether only this
    /// machine reaches that.
    pub(super) fn admin_address(&self, clients_are_local: bool) -> Option<&str> {
        match &self.admin_listen {
            Some(address) if *address == self.listen => None,
            Some(address) => Some(address),
            None if clients_are_local => None,
            None => Some(ADMIN_LISTEN),
        }
    }
}

fn missing(option: &str, other: &str) -> Failure {
    Failure::new(Exit::Usage, format!("`{other}` is given and `{option}` is not"))
        .hint("TLS needs both a certificate and its key")
}

fn read(path: &Path) -> Result<Options, Failure> {
    let usage = |error: &dyn fmt::Display| {
        Failure::new(Exit::Usage, format!("cannot read `{}`: {error}", path.display()))
    };
    let text = fs::read_to_string(path).map_err(|error| usage(&error))?;
    toml::from_str(&text).map_err(|error| usage(&error))
}

fn parsed<'de, D: Deserializer<'de>, T>(deserializer: D) -> Result<Option<T>, D::Error>
where
    T: FromStr<Err: fmt::Display>,
{
    let text = String::deserialize(deserializer)?;
    text.parse().map(Some).map_err(D::Error::custom)
}

fn all_parsed<'de, D: Deserializer<'de>, T>(deserializer: D) -> Result<Vec<T>, D::Error>
where
    T: FromStr<Err: fmt::Display>,
{
    let texts = Vec::<String>::deserialize(deserializer)?;
    texts.iter().map(|text| text.parse().map_err(D::Error::custom)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::{Args as _, Parser};

    #[derive(Parser)]
    struct Line {
        #[command(flatten)]
        options: Options,
    }

    fn settle(arguments: &[&str], file: &str) -> Result<Settings, Failure> {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("gateway.toml");
        fs::write(&path, file).unwrap();
        let config = ["gateway", "--config", path.to_str().unwrap()];
        let line = Line::parse_from(config.iter().chain(arguments));
        line.options.settle()
    }

    #[test]
    fn the_file_has_the_same_names_and_the_command_line_wins() {
        let file = r#"
            store = "embedded:data"
            listen = "0.0.0.0:80"
            app = ["one", "two"]
            admin-key = ["name:long-enough-secret"]
            trusted-proxy = ["10.0.0.0/8"]
            drain = 7
            access-token-lifetime = 60
            log-format = "json"
        "#;
        let settings = settle(&["--listen", "127.0.0.1:1", "--app", "three"], file).unwrap();
        assert_eq!(settings.listen, "127.0.0.1:1");
        assert_eq!(settings.apps, [PathBuf::from("three")]);
        assert_eq!(settings.drain_seconds, 7);
        assert_eq!(settings.access_token_lifetime, Some(Duration::from_secs(60)));
        assert_eq!(settings.log_format, LogFormat::Json);
        assert_eq!(settings.admins.len(), 1);
        assert_eq!(settings.proxies, ["10.0.0.0/8".parse().unwrap()]);
        assert_eq!(settings.log, "info");
    }

    #[test]
    fn every_option_is_known_to_the_file_under_its_name() {
        let command = Options::augment_args(clap::Command::new("gateway"));
        for argument in command.get_arguments().filter(|argument| argument.get_id() != "config") {
            let name = argument.get_long().unwrap();
            let error = toml::from_str::<Options>(&format!("{name} = {{ a = 1 }}")).unwrap_err();
            assert!(!error.to_string().contains("unknown field"), "{name}: {error}");
            let environment = format!("ASYMMETRIC_{}", name.replace('-', "_").to_uppercase());
            assert_eq!(argument.get_env().unwrap().to_str(), Some(environment.as_str()));
        }
    }

    #[test]
    fn mistakes_in_the_file_are_told() {
        for (file, expected) in [
            ("stor = 'x'", "unknown field `stor`"),
            ("store = 'x'", "write `embedded:DIR`"),
            ("admin-key = ['x']", "write `NAME:SECRET`"),
            ("trusted-proxy = ['x']", "write an address"),
            ("store = 'embedded:x'\ntls-key = 'k'", "`--tls-key` is given"),
            ("", "no store is given"),
        ] {
            let failure = settle(&[], file).unwrap_err();
            assert_eq!(failure.exit(), Exit::Usage);
            assert!(failure.to_string().contains(expected), "{failure}");
        }
    }

    #[test]
    fn administrators_are_served_on_this_machine_unless_told_otherwise() {
        let of = |arguments: &[&str], local| {
            let settings = settle(arguments, "store = 'embedded:x'").unwrap();
            settings.admin_address(local).map(str::to_owned)
        };
        assert_eq!(of(&[], true), None);
        assert_eq!(of(&["--listen", "0.0.0.0:80"], false).as_deref(), Some(ADMIN_LISTEN));
        let same = ["--listen", "0.0.0.0:80", "--admin-listen", "0.0.0.0:80"];
        assert_eq!(of(&same, false), None);
        assert_eq!(of(&["--admin-listen", "10.0.0.1:1"], true).as_deref(), Some("10.0.0.1:1"));
    }
}
