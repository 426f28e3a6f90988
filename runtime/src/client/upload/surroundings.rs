//! Noticing that the world has changed while the upload was waiting.
//!
//! A device that comes back into its network, or out of sleep, shall not wait for the end of a
//! delay that was chosen before. Both are noticed by looking, from time to time and only while
//! something waits:
//!
//! - which address the operating system would send from tells networks apart; asking for it sends
//!   no packet. It changes when a network comes, goes, or is another one;
//! - the wall clock runs on while the machine sleeps, the clock of timers does not. If they
//!   disagree, the machine slept, or somebody set the clock; to look again hurts in neither case.

use std::{
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, UdpSocket},
    time::{Duration, SystemTime},
};

use tokio::time::Instant;

/// How often to look.
pub(super) const LOOK_EVERY: Duration = Duration::from_secs(2);

/// Clocks may drift apart by this much between two looks.
const DRIFT: Duration = Duration::from_secs(10);

/// What a look asks. Tests bring their own answers.
pub(crate) trait World: Send + 'static {
    /// What the wall clock shows.
    fn wall_clock(&self) -> SystemTime;
    /// Something that differs between networks; `None` without one.
    fn network(&self) -> Option<(Option<IpAddr>, Option<IpAddr>)>;
}

/// The machine this runs on.
#[derive(Debug)]
pub(crate) struct Machine {
    /// An address of the server, if it is known without asking anybody.
    pub(crate) server: Option<IpAddr>,
}

impl World for Machine {
    fn wall_clock(&self) -> SystemTime {
        SystemTime::now()
    }

    fn network(&self) -> Option<(Option<IpAddr>, Option<IpAddr>)> {
        // Addresses that are reserved for documentation are nobody's, and lead to the default
        // route; a server in the own network is reached without one.
        let v4 = match self.server {
            Some(server @ IpAddr::V4(_)) => server,
            _ => IpAddr::V4(Ipv4Addr::new(192, 0, 2, 1)),
        };
        let v6 = match self.server {
            Some(server @ IpAddr::V6(_)) => server,
            _ => IpAddr::V6(Ipv6Addr::new(0x2001, 0xdb8, 0, 0, 0, 0, 0, 1)),
        };
        let sources = (source_towards(v4), source_towards(v6));
        (sources != (None, None)).then_some(sources)
    }
}

/// The address that packets to `target` would leave from.
fn source_towards(target: IpAddr) -> Option<IpAddr> {
    let any: IpAddr = match target {
        IpAddr::V4(_) => Ipv4Addr::UNSPECIFIED.into(),
        IpAddr::V6(_) => Ipv6Addr::UNSPECIFIED.into(),
    };
    let socket = UdpSocket::bind(SocketAddr::new(any, 0)).ok()?;
    // Connecting a datagram socket only chooses a route; no packet is sent.
    socket.connect(SocketAddr::new(target, 9)).ok()?;
    Some(socket.local_addr().ok()?.ip())
}

/// What the last look found.
pub(super) struct Surroundings {
    world: Box<dyn World>,
    wall: SystemTime,
    looked_at: Instant,
    network: Option<(Option<IpAddr>, Option<IpAddr>)>,
}

/// What has changed between two looks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Change {
    /// There is a network, and it is not the one of the last look.
    Network,
    /// The clocks disagree: the machine slept, or somebody set the clock.
    Clock,
}

impl Surroundings {
    pub(super) fn new(world: Box<dyn World>) -> Self {
        let (wall, network) = (world.wall_clock(), world.network());
        Self { world, wall, looked_at: Instant::now(), network }
    }

    pub(super) fn wall_clock(&self) -> SystemTime {
        self.world.wall_clock()
    }

    /// Remembers how things are, without comparing: nobody has been waiting.
    pub(super) fn remember(&mut self) {
        self.wall = self.world.wall_clock();
        self.network = self.world.network();
        self.looked_at = Instant::now();
    }

    /// What has changed since the last look.
    pub(super) fn look(&mut self) -> Option<Change> {
        let (wall, network) = (self.wall, self.network);
        let passed = self.looked_at.elapsed();
        self.remember();
        if self.network.is_some() && self.network != network {
            return Some(Change::Network);
        }
        let expected = wall.checked_add(passed).unwrap_or(wall);
        let apart = match self.wall.duration_since(expected) {
            Ok(ahead) => ahead,
            Err(behind) => behind.duration(),
        };
        (apart > DRIFT).then_some(Change::Clock)
    }
}

impl std::fmt::Debug for Surroundings {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Surroundings").field("network", &self.network).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_loopback_interface_is_always_there() {
        let machine = Machine { server: Some(Ipv4Addr::LOCALHOST.into()) };
        let (v4, _) = machine.network().unwrap();
        assert_eq!(v4, Some(Ipv4Addr::LOCALHOST.into()));
        assert_eq!(machine.network(), machine.network());
    }
}
