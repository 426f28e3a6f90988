//! Random operations, in the outbox and in the model.

use asymmetric_protocol::chunk::Codec;
use asymmetric_testkit::FaultyBackend;
use proptest::prelude::*;

use super::{
    super::Durability,
    model::{Run, Step},
};

fn step() -> impl Strategy<Value = Step> {
    let objects = prop_oneof![4 => 0..4_u16, 2 => 4..40_u16, 1 => 40..400_u16];
    let padding = prop_oneof![6 => 0..200_u32, 2 => 200..4_000_u32, 1 => 60_000..300_000_u32];
    let durability = prop_oneof![4 => Just(Durability::Durable), 1 => Just(Durability::Paranoid)];
    prop_oneof![
        8 => (objects, padding, durability).prop_map(|(objects, padding, durability)| {
            // Few large objects or many small ones: a case shall take no time.
            let objects = if padding > 4_000 { objects.min(3) } else { objects };
            Step::Write { objects, padding, durability }
        }),
        // Mostly the front, as it is in life; now and then anything.
        6 => (0..3_usize, prop::bool::weighted(0.2))
            .prop_map(|(chunk, reject)| Step::Settle { chunk, reject }),
        2 => (any::<usize>(), any::<bool>())
            .prop_map(|(chunk, reject)| Step::Settle { chunk, reject }),
        2 => Just(Step::Flush),
        1 => Just(Step::Expire),
        1 => Just(Step::Compact),
        1 => prop::option::of(any::<u8>()).prop_map(Step::StoreSession),
        2 => Just(Step::Reopen),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2_000, ..ProptestConfig::default() })]

    #[test]
    fn the_outbox_does_what_the_model_does(
        steps in prop::collection::vec(step(), 1..25),
        max_objects in prop::option::of(1..300_u64),
        codec in prop_oneof![Just(Codec::None), Just(Codec::Zstd)],
    ) {
        let mut run = Run::new(FaultyBackend::new()).with(codec, max_objects);
        for step in &steps {
            if let Err(error) = run.step(step) {
                panic!("{step:?}: {error:?}");
            }
        }
        if let Err(error) = run.step(&Step::Reopen) {
            panic!("{error:?}");
        }
    }
}
