//! Proxies in front of the gateway, and whom they speak for.

use std::{net::IpAddr, str::FromStr};

use axum::http::{HeaderMap, HeaderName};
use ipnet::IpNet;

const FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");

/// A proxy, or a network of them, whose word about the address of a client is believed.
///
/// Written as an address (`10.0.0.7`) or a network (`10.0.0.0/8`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TrustedProxy(IpNet);

/// What is neither an address nor a network.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("write an address like `10.0.0.7`, or a network like `10.0.0.0/8`")]
pub struct TrustedProxyError;

impl FromStr for TrustedProxy {
    type Err = TrustedProxyError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let address = || text.parse::<IpAddr>().ok().map(IpNet::from);
        text.parse().ok().or_else(address).map(Self).ok_or(TrustedProxyError)
    }
}

/// The client behind these proxies: of the addresses that they handed on, the last that is not one
/// of theirs. What stands before it, a client may have written.
pub(crate) fn client(proxies: &[TrustedProxy], peer: IpAddr, headers: &HeaderMap) -> IpAddr {
    let trusted = |address: IpAddr| {
        let address = address.to_canonical();
        proxies.iter().any(|TrustedProxy(network)| network.contains(&address))
    };
    let mut client = peer;
    let values = headers.get_all(FORWARDED_FOR).iter().rev();
    let texts = values.map(|value| value.to_str().unwrap_or_default());
    for text in texts.flat_map(|text| text.rsplit(',')) {
        if !trusted(client) {
            break;
        }
        match text.trim().parse() {
            Ok(address) => client = address,
            Err(_) => break,
        }
    }
    client
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(peer: &str, forwarded: &[&str]) -> String {
        let proxies = ["10.0.0.0/8", "2001:db8::7"].map(|text| text.parse().unwrap());
        let mut headers = HeaderMap::new();
        for value in forwarded {
            headers.append(FORWARDED_FOR, value.parse().unwrap());
        }
        client(&proxies, peer.parse().unwrap(), &headers).to_string()
    }

    #[test]
    fn only_proxies_are_believed_and_only_as_far_as_proxies_go() {
        for (peer, forwarded, expected) in [
            ("192.0.2.1", &["198.51.100.1"][..], "192.0.2.1"),
            ("10.0.0.1", &[], "10.0.0.1"),
            ("10.0.0.1", &["198.51.100.1"], "198.51.100.1"),
            ("::ffff:10.0.0.1", &["198.51.100.1"], "198.51.100.1"),
            ("10.0.0.1", &["203.0.113.9, 198.51.100.1 , 10.0.0.2"], "198.51.100.1"),
            ("10.0.0.1", &["203.0.113.9, 198.51.100.1", "2001:db8::7"], "198.51.100.1"),
            ("10.0.0.1", &["198.51.100.1, nonsense"], "10.0.0.1"),
            ("2001:db8::7", &["2001:db8::8"], "2001:db8::8"),
        ] {
            assert_eq!(of(peer, forwarded), expected, "{peer} {forwarded:?}");
        }
        for text in ["", "proxy", "10.0.0.0/40"] {
            assert_eq!(text.parse::<TrustedProxy>(), Err(TrustedProxyError));
        }
    }
}
