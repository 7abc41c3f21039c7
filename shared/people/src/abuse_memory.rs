//! What prevents abuse and outlives the deletion of a person's data (docs/PRIVACY.md): what they had used, by a
//! keyed hash of their identity. Each feature has its statements in [`jobs::personal::Erasure`]: the erasure
//! writes by them, and a person who is made anew gets back by them what was used.

use std::fmt;
use std::sync::Arc;

use diesel::prelude::*;
use diesel::sql_types::{Array, Binary, Text, Uuid as SqlUuid};
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use hmac::{Hmac, KeyInit, Mac};
use jobs::Feature;
use kernel::env::{Env, Section, Setting};
use sha2::Sha256;
use uuid::Uuid;

use crate::users::limit_key;
use schema::identities;

const SECRET: Setting = Setting::required(
    "ABUSE_MEMORY_SECRET",
    "a-long-random-text",
    "The key of the hashes by which it is remembered what a person had used whose data was deleted (openssl \
     rand -hex 32). The same for all processes; with another one all of it is forgotten.",
)
.chosen_secret();

pub const SETTINGS: Section = Section {
    title: "What outlives a deletion",
    settings: &[SECRET],
};

/// The secret of the hashes.
#[derive(Clone)]
pub struct MemorySecret(Arc<str>);

/// The hash of an identity.
pub type MemoryKey = [u8; 32];

impl MemorySecret {
    /// Reads this part of the environment.
    pub fn read(env: &mut Env<'_>) -> Self {
        Self(env.required(&SECRET).into())
    }

    /// The key of an identity: a way in, and the name of the person there.
    pub fn key(&self, provider: &str, subject: &str) -> MemoryKey {
        // HMAC takes a key of any length.
        let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(self.0.as_bytes()) else {
            return MemoryKey::default();
        };
        mac.update(format!("{provider}:{subject}").as_bytes());
        mac.finalize().into_bytes().into()
    }
}

impl fmt::Debug for MemorySecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("MemorySecret")
    }
}

/// The memory of all features. Cheap to clone.
#[derive(Clone, Debug)]
pub struct AbuseMemory {
    secret: MemorySecret,
    features: &'static [Feature],
}

impl AbuseMemory {
    pub fn new(secret: MemorySecret, features: &'static [Feature]) -> Self {
        Self { secret, features }
    }

    /// All of them.
    pub(crate) fn features(&self) -> &'static [Feature] {
        self.features
    }

    /// The keys of a person: one for each identity that they have proved. Under an address that somebody else may own
    /// nothing is remembered.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn keys_of(
        &self,
        conn: &mut AsyncPgConnection,
        id: Uuid,
    ) -> QueryResult<Vec<MemoryKey>> {
        self.keys(conn, id, true).await
    }

    async fn keys(
        &self,
        conn: &mut AsyncPgConnection,
        id: Uuid,
        proved: bool,
    ) -> QueryResult<Vec<MemoryKey>> {
        let mut ways = identities::table
            .filter(identities::user_id.eq(id))
            .into_boxed();
        if proved {
            ways = ways.filter(identities::verified_at.is_not_null());
        }
        let ways: Vec<(String, String)> = ways
            .select((identities::provider, identities::subject))
            .order(identities::provider)
            .load(conn)
            .await?;
        let key = |(provider, subject): (String, String)| self.secret.key(&provider, &subject);
        Ok(ways.into_iter().map(key).collect())
    }

    /// Writes what the person has used, who is about to be erased in the caller's transaction.
    ///
    /// # Errors
    /// Those of the database.
    pub(crate) async fn remember(&self, conn: &mut AsyncPgConnection, id: Uuid) -> QueryResult<()> {
        let keys = self.keys(conn, id, true).await?;
        self.run(conn, id, keys, |one| one.personal.erasure.remember)
            .await
    }

    /// Writes what the person has used, who is about to lose one of their identities in the caller's transaction: whoever
    /// comes with it next has used that already. Nothing says that the person was deleted.
    ///
    /// # Errors
    /// Those of the database.
    pub(crate) async fn remember_use(
        &self,
        conn: &mut AsyncPgConnection,
        id: Uuid,
    ) -> QueryResult<()> {
        let keys = self.keys(conn, id, true).await?;
        self.run(conn, id, keys, |one| match one.name == crate::NAME {
            true => &[],
            false => one.personal.erasure.remember,
        })
        .await
    }

    /// Gives the person, who has got an identity in the caller's transaction, what was used before under it.
    ///
    /// # Errors
    /// Those of the database.
    pub(crate) async fn recall(&self, conn: &mut AsyncPgConnection, id: Uuid) -> QueryResult<()> {
        let keys = self.keys(conn, id, false).await?;
        self.run(conn, id, keys, |one| one.personal.erasure.recall)
            .await
    }

    async fn run(
        &self,
        conn: &mut AsyncPgConnection,
        id: Uuid,
        keys: Vec<MemoryKey>,
        statements: fn(&Feature) -> &'static [&'static str],
    ) -> QueryResult<()> {
        for key in keys {
            for statement in self.features.iter().flat_map(statements) {
                diesel::sql_query(as_remembered(statement))
                    .bind::<SqlUuid, _>(id)
                    .bind::<Binary, _>(key.to_vec())
                    .bind::<Array<Text>, _>(vec![limit_key(id)])
                    .execute(conn)
                    .await?;
            }
        }
        Ok(())
    }
}

/// The whole text of a statement of the memory; it takes the id, the key of the memory, and the limit key.
pub fn as_remembered(statement: &str) -> String {
    format!(
        "WITH person AS (SELECT $1::uuid AS id, $2::bytea AS memory_key, $3::text[] AS keys)
         {statement}"
    )
}

/// The statements that delete what is remembered for long enough (see [`jobs::prune`]).
pub const PRUNE: &[&str] = &["DELETE FROM abuse_memory WHERE memory_key IN (
         SELECT memory_key FROM abuse_memory WHERE kept_until < now() LIMIT $1)"];

#[cfg(test)]
mod tests {
    use super::*;

    fn secret(text: &str) -> MemorySecret {
        MemorySecret(text.into())
    }

    /// `printf telegram:7 | openssl dgst -sha256 -hmac 0123456789abcdef0123456789abcdef`, OpenSSL 3.
    #[test]
    fn the_key_is_the_hmac_of_provider_and_subject() {
        let key = secret("0123456789abcdef0123456789abcdef").key("telegram", "7");
        assert_eq!(
            hex::encode(key),
            "d379e4966aecb5e024b6267263e0472ea76b03d47bd903f015aab558712a6190"
        );
    }

    #[test]
    fn another_secret_provider_or_subject_is_another_key() {
        let key = secret("one").key("telegram", "7");
        assert_ne!(key, secret("two").key("telegram", "7"));
        assert_ne!(key, secret("one").key("email", "7"));
        assert_ne!(key, secret("one").key("telegram", "8"));
    }
}
