//! Where the bodies of asynchronous methods are compiled.
//!
//! The compiler makes code of an asynchronous method in every crate that calls it, and not in the one that defines it.
//! Hundreds of operations that every door calls would be compiled again for each door, its tests and the program, with
//! all that stands below them: most of the time of a build went there. Behind a box they are compiled once.

use proc_macro::TokenStream;
use quote::quote;
use syn::{
    GenericParam, ImplItem, ImplItemFn, ItemImpl, Lifetime, Receiver, ReturnType, Type, TypeImplTrait, TypeReference,
    Visibility, parse_macro_input, parse_quote,
    visit_mut::{self, VisitMut},
};

/// Makes every `pub async fn` of an `impl` a method that answers its future in a box, so that its body is compiled with
/// this crate. Those with a type parameter stay as they are: their bodies are made where the type is known.
///
/// All references among the arguments live as long as the future, and the future can be sent to another thread.
#[proc_macro_attribute]
pub fn compiled_here(_: TokenStream, item: TokenStream) -> TokenStream {
    let mut block = parse_macro_input!(item as ItemImpl);
    for item in &mut block.items {
        if let ImplItem::Fn(method) = item
            && is_operation(method)
        {
            put_into_box(method);
        }
    }
    quote!(#block).into()
}

fn is_operation(method: &ImplItemFn) -> bool {
    let mut generic = FindsImpl(false);
    let mut inputs = method.sig.inputs.clone();
    inputs.iter_mut().for_each(|input| generic.visit_fn_arg_mut(input));
    let lifetimes_alone = method.sig.generics.params.iter().all(|p| matches!(p, GenericParam::Lifetime(_)));
    method.sig.asyncness.is_some() && matches!(method.vis, Visibility::Public(_)) && lifetimes_alone && !generic.0
}

fn put_into_box(method: &mut ImplItemFn) {
    let signature = &mut method.sig;
    signature.asyncness = None;
    let mut answer: Type = match &signature.output {
        ReturnType::Default => parse_quote!(()),
        ReturnType::Type(_, answer) => (**answer).clone(),
    };
    signature.generics.params.insert(0, parse_quote!('op));
    signature.inputs.iter_mut().for_each(|input| Lives.visit_fn_arg_mut(input));
    Lives.visit_type_mut(&mut answer);
    signature.output = parse_quote! {
        -> ::core::pin::Pin<::std::boxed::Box<dyn ::core::future::Future<Output = #answer> + ::core::marker::Send + 'op>>
    };
    let body = &method.block;
    method.block = parse_quote!({
        ::std::boxed::Box::pin(async move {
            // Tells what the block answers; never taken.
            if let ::core::option::Option::Some(answer) = ::core::option::Option::None::<#answer> {
                return answer;
            }
            #body
        })
    });
}

/// Gives every reference without a lifetime the one of the future.
struct Lives;

impl VisitMut for Lives {
    fn visit_receiver_mut(&mut self, receiver: &mut Receiver) {
        if let Some((_, lifetime @ None)) = &mut receiver.reference {
            *lifetime = Some(parse_quote!('op));
        }
        visit_mut::visit_receiver_mut(self, receiver);
    }

    fn visit_type_reference_mut(&mut self, reference: &mut TypeReference) {
        reference.lifetime.get_or_insert_with(|| parse_quote!('op));
        visit_mut::visit_type_reference_mut(self, reference);
    }

    fn visit_lifetime_mut(&mut self, lifetime: &mut Lifetime) {
        if lifetime.ident == "_" {
            *lifetime = parse_quote!('op);
        }
    }
}

/// Whether there is an `impl Trait`.
struct FindsImpl(bool);

impl VisitMut for FindsImpl {
    fn visit_type_impl_trait_mut(&mut self, _: &mut TypeImplTrait) {
        self.0 = true;
    }
}
