//! The path by which generated code names the crate `asymmetric`.

use proc_macro2::{Ident, Span, TokenStream};
use quote::quote;

/// The module that generated code uses. It carries the version, so that macros and runtime of
/// different releases do not compile instead of misunderstanding each other.
const PRIVATE: &str = "__private_0_1_0";

/// The hidden module, below `::asymmetric` or below what `crate = ..` names.
pub(crate) fn private(stated: Option<&syn::Path>) -> TokenStream {
    let module = Ident::new(PRIVATE, Span::call_site());
    stated.map_or_else(|| quote!(::asymmetric::#module), |path| quote!(#path::#module))
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_private_module_carries_the_version() {
        let version = env!("CARGO_PKG_VERSION").replace(['.', '-'], "_");
        assert_eq!(super::PRIVATE, format!("__private_{version}"));
    }
}
