//! The model as users see it: encoding, schemas, and what the compiler refuses.
