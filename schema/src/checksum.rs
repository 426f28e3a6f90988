//! Telling realm schemas apart while a program is compiled.

use crate::{
    Bound, Constraints, DefaultValue, EmbeddedSchema, LinkTarget, ObjectSchema, PropertySchema,
    PropertyType, RealmSchema, Shared, TimeSeries,
};

impl RealmSchema {
    /// A number that two realm schemas share only if they say the same of how objects are stored:
    /// all that [fingerprints](crate::Fingerprint) are made from, in the order of declaration.
    ///
    /// A fingerprint is what is kept and announced, but nothing that a constant could hold. This is
    /// FNV-1a of 128 bits: good against accidents, and worth nothing outside one build.
    ///
    /// `None` if any part of the schema was read at run time.
    #[must_use]
    pub const fn checksum(&self) -> Option<u128> {
        let mut state = State::START;
        if let Some(mut classes) = compiled_in(&self.classes) {
            while let Some((class, rest)) = classes.split_first() {
                state = object(state.tag(1), class);
                classes = rest;
            }
        } else {
            state.known = false;
        }
        if state.known { Some(state.hash) } else { None }
    }
}

/// What was compiled in.
const fn compiled_in<T: ?Sized>(shared: &Shared<T>) -> Option<&'static T> {
    match shared {
        Shared::Static(value) => Some(*value),
        Shared::Counted(_) => None,
    }
}

#[derive(Clone, Copy)]
struct State {
    hash: u128,
    /// Nothing was read at run time so far.
    known: bool,
}

impl State {
    const START: Self = Self { hash: 0x6c62_272e_07bb_0142_62b8_2175_6295_c58d, known: true };
    const PRIME: u128 = 0x0000_0000_0100_0000_0000_0000_0000_013b;

    /// Says what follows, so that nothing can be taken for something else.
    const fn tag(mut self, tag: u8) -> Self {
        self.hash = (self.hash ^ tag as u128).wrapping_mul(Self::PRIME);
        self
    }

    const fn bytes(mut self, mut bytes: &[u8]) -> Self {
        while let Some((byte, rest)) = bytes.split_first() {
            self = self.tag(*byte);
            bytes = rest;
        }
        self
    }

    const fn number(self, number: u64) -> Self {
        self.bytes(&number.to_le_bytes())
    }

    const fn text(mut self, text: &Shared<str>) -> Self {
        if let Some(text) = compiled_in(text) {
            self.number(text.len() as u64).bytes(text.as_bytes())
        } else {
            self.known = false;
            self
        }
    }

    const fn flag(self, flag: bool) -> Self {
        self.tag(flag as u8)
    }

    const fn bound(self, bound: Bound) -> Self {
        match bound {
            Bound::Integer(value) => self.tag(1).bytes(&value.to_le_bytes()),
            Bound::Double(value) => self.tag(2).number(value.to_bits()),
        }
    }
}

const fn object(state: State, class: &ObjectSchema) -> State {
    let state = state
        .text(&class.title)
        .text(&class.data_source)
        .text(&class.database)
        .text(&class.collection);
    let state = match &class.time_series {
        None => state.tag(0),
        Some(TimeSeries { time, meta, granularity }) => {
            let state = state.tag(1).text(time).tag(*granularity as u8);
            match meta {
                None => state.tag(0),
                Some(meta) => state.tag(1).text(meta),
            }
        }
    };
    properties(state, &class.properties)
}

const fn properties(mut state: State, properties: &Shared<[PropertySchema]>) -> State {
    let Some(mut properties) = compiled_in(properties) else {
        state.known = false;
        return state;
    };
    state = state.number(properties.len() as u64);
    while let Some((property, rest)) = properties.split_first() {
        state = self::property(state, property);
        properties = rest;
    }
    state
}

const fn property(state: State, property: &PropertySchema) -> State {
    let state = state.text(&property.name).flag(property.optional);
    let state = constraints(property_type(state, &property.property_type), &property.constraints);
    match &property.default {
        None => state.tag(0),
        Some(DefaultValue::Bool(value)) => state.tag(1).flag(*value),
        Some(DefaultValue::Numeric(value)) => state.tag(2).bound(*value),
        Some(DefaultValue::String(text)) => state.tag(3).text(text),
    }
}

const fn property_type(state: State, of: &PropertyType) -> State {
    match of {
        PropertyType::Bool => state.tag(1),
        PropertyType::Int => state.tag(2),
        PropertyType::Long => state.tag(3),
        PropertyType::Float => state.tag(4),
        PropertyType::Double => state.tag(5),
        PropertyType::String => state.tag(6),
        PropertyType::Binary => state.tag(7),
        PropertyType::ObjectId => state.tag(8),
        PropertyType::Uuid => state.tag(9),
        PropertyType::Decimal128 => state.tag(10),
        PropertyType::Date => state.tag(11),
        PropertyType::Mixed => state.tag(12),
        PropertyType::List(items) => inner(state.tag(13), items),
        PropertyType::Set(items) => inner(state.tag(14), items),
        PropertyType::Map(values) => inner(state.tag(15), values),
        PropertyType::Nullable(value) => inner(state.tag(16), value),
        PropertyType::Embedded(class) => embedded(state.tag(17), class),
        PropertyType::Link(target) => link(state.tag(18), target),
    }
}

const fn inner(mut state: State, of: &Shared<PropertyType>) -> State {
    if let Some(of) = compiled_in(of) {
        property_type(state, of)
    } else {
        state.known = false;
        state
    }
}

const fn embedded(mut state: State, class: &Shared<EmbeddedSchema>) -> State {
    if let Some(class) = compiled_in(class) {
        properties(state.text(&class.title), &class.properties)
    } else {
        state.known = false;
        state
    }
}

const fn link(mut state: State, target: &Shared<LinkTarget>) -> State {
    let Some(target) = compiled_in(target) else {
        state.known = false;
        return state;
    };
    let LinkTarget { title, data_source, database, collection, primary_key } = target;
    let state = state.text(title).text(data_source).text(database).text(collection);
    property_type(state, primary_key)
}

const fn constraints(state: State, of: &Constraints) -> State {
    const fn bound(state: State, bound: Option<Bound>, exclusive: bool) -> State {
        match bound {
            None => state.tag(0),
            Some(bound) => state.tag(1).bound(bound).flag(exclusive),
        }
    }
    const fn count(state: State, count: Option<u64>) -> State {
        match count {
            None => state.tag(0),
            Some(count) => state.tag(1).number(count),
        }
    }
    let state = bound(state, of.minimum, of.exclusive_minimum);
    let state = bound(state, of.maximum, of.exclusive_maximum);
    let state = count(count(state, of.min_length), of.max_length);
    let mut state = count(count(state, of.min_items), of.max_items);
    state = match &of.pattern {
        None => state.tag(0),
        Some(pattern) => state.tag(1).text(pattern),
    };
    let Some(mut allowed) = compiled_in(&of.allowed) else {
        state.known = false;
        return state;
    };
    state = state.number(allowed.len() as u64);
    while let Some((text, rest)) = allowed.split_first() {
        state = state.text(text);
        allowed = rest;
    }
    state
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Granularity;

    /// The checksum of a realm schema of these classes, as a constant.
    macro_rules! checksum {
        ($($class:expr),*) => {{
            const CLASSES: &[ObjectSchema] = &[$($class),*];
            const REALM: &RealmSchema = &RealmSchema::new(CLASSES);
            const CHECKSUM: Option<u128> = REALM.checksum();
            CHECKSUM.unwrap()
        }};
    }

    /// Checksums of realm schemas of one class with these properties.
    macro_rules! of {
        ($($properties:expr),* $(,)?) => {
            [$({
                const PROPERTIES: &[PropertySchema] = &$properties;
                checksum!(ObjectSchema::new("Reading", PROPERTIES))
            }),*]
        };
    }

    fn all_differ(checksums: &[u128]) -> bool {
        let distinct: std::collections::BTreeSet<_> = checksums.iter().collect();
        distinct.len() == checksums.len()
    }

    #[test]
    fn whatever_is_stored_in_another_way_has_another_checksum() {
        const NONE: Constraints = Constraints::NONE;
        const AB: &[Shared<str>] = &[Shared::Static("a"), Shared::Static("b")];
        const INT: PropertySchema = PropertySchema::new("a", PropertyType::Int);
        const TEXT: PropertySchema = PropertySchema::new("a", PropertyType::String);
        const SPEED: &[PropertySchema] = &[PropertySchema::new("speed", PropertyType::Int)];
        const WIND: &EmbeddedSchema = &EmbeddedSchema::new("Wind", SPEED);
        const GUST: &EmbeddedSchema = &EmbeddedSchema::new("Gust", SPEED);
        let checksums = of![
            [],
            [INT],
            [INT, INT],
            [PropertySchema::new("b", PropertyType::Int)],
            [INT.optional()],
            [INT.constrained(NONE.with_minimum(Bound::Integer(1), false))],
            [INT.constrained(NONE.with_minimum(Bound::Integer(1), true))],
            [INT.constrained(NONE.with_minimum(Bound::Double(1.0), false))],
            [INT.constrained(NONE.with_maximum(Bound::Integer(1), false))],
            [INT.defaulting_to(DefaultValue::Numeric(Bound::Integer(0)))],
            [INT.defaulting_to(DefaultValue::Numeric(Bound::Integer(1)))],
            [TEXT],
            [TEXT.constrained(NONE.with_min_length(1))],
            [TEXT.constrained(NONE.with_max_length(1))],
            [TEXT.constrained(NONE.with_pattern("a"))],
            [TEXT.constrained(NONE.with_allowed(AB))],
            [TEXT.defaulting_to(DefaultValue::String(Shared::Static("")))],
            [PropertySchema::new("a", PropertyType::List(Shared::Static(&PropertyType::Int)))],
            [PropertySchema::new("a", PropertyType::Set(Shared::Static(&PropertyType::Int)))],
            [PropertySchema::new("a", PropertyType::Map(Shared::Static(&PropertyType::Int)))],
            [PropertySchema::new("a", PropertyType::List(Shared::Static(&PropertyType::Long)))],
            [PropertySchema::new("a", PropertyType::Embedded(Shared::Static(WIND)))],
            [PropertySchema::new("a", PropertyType::Embedded(Shared::Static(GUST)))],
        ];
        assert!(all_differ(&checksums), "{checksums:#x?}");
    }

    #[test]
    fn places_and_time_series_count_and_descriptions_do_not() {
        const CLASS: ObjectSchema = ObjectSchema::new("Reading", &[]);
        const fn series(meta: Option<Shared<str>>, granularity: Granularity) -> TimeSeries {
            TimeSeries { time: Shared::Static("at"), meta, granularity }
        }
        const SECONDS: TimeSeries = series(None, Granularity::Seconds);
        const HOURS: TimeSeries = series(None, Granularity::Hours);
        const BY: TimeSeries = series(Some(Shared::Static("station")), Granularity::Seconds);
        let checksums = [
            checksum!(),
            checksum!(CLASS),
            checksum!(CLASS, CLASS),
            checksum!(CLASS.in_data_source("x")),
            checksum!(CLASS.in_database("x")),
            checksum!(CLASS.in_collection("x")),
            checksum!(CLASS.as_time_series(SECONDS)),
            checksum!(CLASS.as_time_series(HOURS)),
            checksum!(CLASS.as_time_series(BY)),
        ];
        assert!(all_differ(&checksums), "{checksums:#x?}");
        let described = checksum!(CLASS.described("A reading."));
        assert_eq!(described, checksums[1]);
    }

    #[test]
    fn what_was_read_has_none() {
        let mut schema = RealmSchema::new(&[]);
        assert!(schema.checksum().is_some());
        schema.classes = vec![ObjectSchema::new("Reading", &[])].into();
        assert_eq!(schema.checksum(), None);
    }
}
