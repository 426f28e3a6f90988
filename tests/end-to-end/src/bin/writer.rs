//! A device that writes until it is killed, and reports each write that returned.
//!
//! `writer REALM GATEWAY ROUND` writes numbers that belong to the round, from three threads, in
//! transactions of several sizes. A report is one line: first and last number, and a full stop.

use std::{
    env,
    io::{Write as _, stdout},
    thread,
};

use asymmetric::{App, Credentials, Realm};
use asymmetric_end_to_end::counted::{APP_ID, Counted, Counting};

fn main() {
    let arguments: Vec<_> = env::args().skip(1).collect();
    let [path, gateway, round] = arguments.as_slice() else {
        panic!("usage: writer REALM GATEWAY ROUND");
    };
    let round: i64 = round.parse().expect("a number");
    let app = App::builder(APP_ID).base_url(format!("http://{gateway}")).build().expect("app");
    let user = app.log_in_later(Credentials::anonymous());
    let realm = Realm::<Counting>::open(&user, path).expect("realm");
    thread::scope(|scope| {
        for thread in 0..3 {
            let realm = &realm;
            scope.spawn(move || write(realm, round * 30_000_000 + thread * 10_000_000));
        }
    });
}

fn write(realm: &Realm<Counting>, mut next: i64) {
    for size in (1..=20).cycle() {
        let numbers = next..next + size;
        next += size;
        realm
            .write(|tx| numbers.clone().try_for_each(|number| tx.create(Counted::new(number))))
            .expect("written");
        let line = format!("{} {}.\n", numbers.start, numbers.end - 1);
        stdout().lock().write_all(line.as_bytes()).expect("somebody listens");
    }
}
