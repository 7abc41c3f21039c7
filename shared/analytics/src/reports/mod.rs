//! What the sums answer: 26 reports, each a function of a store and a question. Their definitions are in
//! [`catalogue`], what is asked of a store in [`store`], and how figures come from sums in [`rules`].

/// Parts of answers.
macro_rules! answers {
    ($($(#[$meta:meta])* $answer:ident { $($(#[$field_meta:meta])* $name:ident: $kind:ty,)* })*) => {
        $($(#[$meta])*
        #[derive(Clone, Debug, PartialEq, serde::Serialize, utoipa::ToSchema)]
        pub struct $answer {
            $($(#[$field_meta])* pub $name: $kind,)*
        })*
    };
}

pub mod catalogue;
pub mod chat;
pub mod customers;
mod grid;
pub mod overview;
pub mod postgres;
pub mod providers;
pub mod question;
pub mod realtime;
pub mod revenue;
pub mod rows;
pub mod rules;
pub mod span;
pub mod store;
pub mod users;
