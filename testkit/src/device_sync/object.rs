//! Objects, as the SDKs write them.

use asymmetric_device_sync::{
    changeset::{Instruction, PathElement, Payload, Target},
    document::{OwnedKey, Properties, Scalar, Value},
};

use super::ChangesetWriter;

impl ChangesetWriter {
    /// Adds the instructions that create an object with these properties.
    pub fn object(&mut self, class: &str, key: &OwnedKey, properties: &Properties) -> &mut Self {
        let key = key.as_key();
        self.instruction(&Instruction::CreateObject { table: class, key });
        for (field, value) in properties {
            let target = Target { table: class, key, field, path: Vec::new() };
            self.property(&target, value, false);
        }
        self
    }

    /// Sets the value at a target. A list, dictionary or set is created first if it is `inside`
    /// another collection, where nothing appears by itself.
    fn property(&mut self, target: &Target<'_>, value: &Value, inside: bool) {
        let update = |payload| Instruction::Update {
            target: target.clone(),
            value: payload,
            prior_length: None,
        };
        match value {
            Value::Scalar(scalar) => {
                self.instruction(&update(payload(scalar)));
            }
            Value::Object(properties) => {
                self.instruction(&update(Payload::Object));
                for (name, value) in properties {
                    self.property(&below(target, PathElement::Key(name)), value, false);
                }
            }
            Value::Dictionary(values) => {
                if inside {
                    self.instruction(&update(Payload::Dictionary));
                }
                self.values(target, values);
            }
            Value::List(values) => {
                if inside {
                    self.instruction(&update(Payload::List));
                }
                self.elements(target, values);
            }
            Value::Set(values) => {
                if inside {
                    self.instruction(&update(Payload::Set));
                }
                for value in values {
                    let target = target.clone();
                    self.instruction(&Instruction::SetInsert { target, value: payload(value) });
                }
            }
        }
    }

    fn values(&mut self, target: &Target<'_>, values: &Properties) {
        for (name, value) in values {
            self.property(&below(target, PathElement::Key(name)), value, true);
        }
    }

    fn elements(&mut self, target: &Target<'_>, values: &[Value]) {
        for (index, value) in values.iter().enumerate() {
            let index = index as u64;
            let target = below(target, PathElement::Index(index));
            let container = match value {
                Value::Scalar(scalar) => payload(scalar),
                Value::Object(_) => Payload::Object,
                Value::List(_) => Payload::List,
                Value::Dictionary(_) => Payload::Dictionary,
                Value::Set(_) => Payload::Set,
            };
            self.instruction(&Instruction::ArrayInsert {
                target: target.clone(),
                value: container,
                prior_length: index,
            });
            match value {
                Value::Scalar(_) => {}
                Value::Object(properties) => {
                    for (name, value) in properties {
                        self.property(&below(&target, PathElement::Key(name)), value, false);
                    }
                }
                Value::Dictionary(values) => self.values(&target, values),
                Value::List(values) => self.elements(&target, values),
                Value::Set(_) => self.property(&target, value, false),
            }
        }
    }
}

fn below<'a>(target: &Target<'a>, element: PathElement<'a>) -> Target<'a> {
    let mut below = target.clone();
    below.path.push(element);
    below
}

fn payload(scalar: &Scalar) -> Payload<'_> {
    match scalar {
        Scalar::Null => Payload::Null,
        Scalar::Int(value) => Payload::Int(*value),
        Scalar::Bool(value) => Payload::Bool(*value),
        Scalar::String(value) => Payload::String(value),
        Scalar::Binary(value) => Payload::Binary(value),
        Scalar::Timestamp(value) => Payload::Timestamp(*value),
        Scalar::Float(value) => Payload::Float(*value),
        Scalar::Double(value) => Payload::Double(*value),
        Scalar::Decimal(value) => Payload::Decimal(*value),
        Scalar::Link { class, key } => Payload::Link { table: class, key: key.as_key() },
        Scalar::ObjectId(value) => Payload::ObjectId(*value),
        Scalar::Uuid(value) => Payload::Uuid(*value),
    }
}
