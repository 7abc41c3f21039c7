//! The fields of a query.

use std::future::{Ready, ready};

use actix_web::dev::Payload;
use actix_web::error::QueryPayloadError;
use actix_web::{FromRequest, HttpRequest, web};
use kernel::Error;
use kernel::text::without_nul;
use serde::Deserialize;
use serde::de::{DeserializeOwned, Deserializer, Error as _, Unexpected};
use url::form_urlencoded;

use super::fault;
use crate::http::problem::Problem;

/// A query, each of whose fields may be left out.
#[derive(Debug)]
pub(crate) struct QueryFields<T>(pub T);

impl<T: DeserializeOwned> FromRequest for QueryFields<T> {
    type Error = actix_web::Error;
    type Future = Ready<Result<Self, Self::Error>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let read = parse(request.query_string()).map_err(|why| Problem(why).into());
        ready(read.map(Self))
    }
}

/// A field of a query that is `1` or `0`; left out it is `0` (with `serde(default)`).
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Flag(pub bool);

impl<'de> Deserialize<'de> for Flag {
    fn deserialize<D: Deserializer<'de>>(written: D) -> Result<Self, D::Error> {
        match u8::deserialize(written)? {
            0 => Ok(Self(false)),
            1 => Ok(Self(true)),
            other => Err(D::Error::invalid_value(
                Unexpected::Unsigned(other.into()),
                &"0 or 1",
            )),
        }
    }
}

type Pair = (String, String);

fn parse<T: DeserializeOwned>(query: &str) -> Result<T, Error> {
    let pairs = form_urlencoded::parse(query.as_bytes());
    let pairs = pairs.map(|(name, value)| (own(&name), own(&value)));
    let pairs: Vec<Pair> = pairs.collect();
    read(&pairs).map_err(|why| {
        for pair in &pairs {
            if let Err(why) = read::<T>(std::slice::from_ref(pair)) {
                return fault::of::<T>("query", &pair.0, &why);
            }
        }
        fault::of_all::<T>("query", &why)
    })
}

fn own(text: &str) -> String {
    without_nul(text).into_owned()
}

fn read<T: DeserializeOwned>(pairs: &[Pair]) -> Result<T, String> {
    let mut query = form_urlencoded::Serializer::new(String::new());
    query.extend_pairs(pairs);
    let read = web::Query::<T>::from_query(&query.finish());
    read.map(web::Query::into_inner).map_err(|why| match why {
        QueryPayloadError::Deserialize(why) => why.to_string(),
        why => why.to_string(),
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[derive(Debug, Deserialize)]
    struct Wanted {
        limit: Option<i64>,
        cursor: Option<String>,
        #[serde(default)]
        whole: Flag,
    }

    #[test]
    fn a_refusal_names_the_field_and_the_reason() {
        for (query, field, reason) in [
            ("limit=1e9", "limit", "must be a whole number"),
            ("cursor=a&limit=", "limit", "must be a whole number"),
            ("limit=%ff", "limit", "must be a whole number"),
            ("limit=99999999999999999999", "limit", "is out of range"),
            ("limit=1&limit=1", "limit", "given more than once"),
            ("whole=2", "whole", "must be 0 or 1"),
            ("whole=true", "whole", "must be a whole number"),
        ] {
            let refused = parse::<Wanted>(query).expect_err(query);
            assert_eq!(
                refused.details(),
                json!({ "field": field, "reason": reason })
            );
        }
        let read = parse::<Wanted>("cursor=a%00b&limit=5&more=1").expect("readable");
        assert_eq!((read.cursor.as_deref(), read.limit), (Some("ab"), Some(5)));
        assert!(!read.whole.0);
        for (query, whole) in [("whole=1", true), ("whole=0", false)] {
            assert_eq!(parse::<Wanted>(query).expect(query).whole.0, whole);
        }
    }
}
