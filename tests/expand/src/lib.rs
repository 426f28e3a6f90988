//! Nothing: the cases are expanded as programs of their own.
