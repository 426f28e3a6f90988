//! Which addresses may reach an app.

use std::net::IpAddr;

use bson::oid::ObjectId;
use ipnet::IpNet;
use serde::{Deserialize, Serialize};

/// An address, or a network of them, that may reach an app.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Allowed {
    pub(crate) id: ObjectId,
    /// As [`canonical`] writes it.
    pub(crate) address: String,
    pub(crate) comment: String,
}

impl Allowed {
    pub(crate) fn includes(&self, address: IpAddr) -> bool {
        network(&self.address).is_some_and(|network| network.contains(&address.to_canonical()))
    }
}

/// What `10.0.0.0/8` or `10.0.0.1` stands for.
fn network(text: &str) -> Option<IpNet> {
    text.parse().ok().or_else(|| text.parse::<IpAddr>().ok().map(IpNet::from))
}

/// An address or a network in one form, if it is any.
pub(crate) fn canonical(text: &str) -> Option<String> {
    let network = network(text)?.trunc();
    Some(if network.prefix_len() == network.max_prefix_len() {
        network.addr().to_string()
    } else {
        network.to_string()
    })
}

/// Whether this address may reach an app. Without a list all may; with one, an address that is not
/// known may not.
pub(crate) fn is_allowed(list: &[Allowed], address: Option<IpAddr>) -> bool {
    list.is_empty()
        || address.is_some_and(|address| list.iter().any(|allowed| allowed.includes(address)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_lets_in_whom_it_names_and_nobody_else() {
        let allowed = |text: &str| Allowed {
            id: ObjectId::new(),
            address: canonical(text).unwrap(),
            comment: String::new(),
        };
        let list = [allowed("10.1.2.3/8"), allowed("2001:db8::1")];
        assert_eq!(list.each_ref().map(|a| a.address.as_str()), ["10.0.0.0/8", "2001:db8::1"]);
        for (address, expected) in [
            ("10.255.0.1", true),
            ("::ffff:10.0.0.9", true),
            ("11.0.0.1", false),
            ("2001:db8::1", true),
            ("2001:db8::2", false),
        ] {
            assert_eq!(is_allowed(&list, address.parse().ok()), expected, "{address}");
        }
        assert!(!is_allowed(&list, None) && is_allowed(&[], None));
        for none in ["", "10.0.0.0/33", "example.com", "10.0.0"] {
            assert_eq!(canonical(none), None, "{none}");
        }
    }
}
