//! How passwords are kept: Argon2id in the PHC form, which names its own parameters.
//!
//! 19 MiB, two passes and one lane are OWASP's first choice, and took 27 ms on a core where this was measured.
//! At most as many are hashed at once as there are cores: a wave of sign-ins takes neither the memory nor the threads
//! of the rest.

use std::sync::{Arc, LazyLock};

use argon2::password_hash::phc::PasswordHash;
use argon2::password_hash::{PasswordHasher, PasswordVerifier};
use argon2::{Argon2, Params};
use kernel::error::Error;
use tokio::sync::Semaphore;

use super::rules::{self, normalized};

/// Made with the parameters of all new hashes: an unknown address costs what a known one does.
static OF_NO_ONE: LazyLock<Option<String>> = LazyLock::new(|| hash("").ok());

/// Hashes passwords. Cheap to clone; clones share the permits.
#[derive(Clone)]
pub struct Hasher(Arc<Semaphore>);

/// What a comparison has found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Compared {
    Wrong,
    Right,
    /// And its hash has other parameters than new ones: this is to be stored in its place.
    Outdated(String),
}

impl Default for Hasher {
    fn default() -> Self {
        let cores = std::thread::available_parallelism().map_or(2, usize::from);
        Self(Arc::new(Semaphore::new(cores)))
    }
}

impl Hasher {
    /// Whether a new password will do ([`rules::judge`], which takes some milliseconds).
    ///
    /// # Errors
    /// E112 with the reason.
    pub async fn judge(
        &self,
        field: &'static str,
        typed: &str,
        known: &[&str],
    ) -> Result<(), Error> {
        let typed = typed.to_owned();
        let known: Vec<String> = known.iter().map(|one| (*one).to_owned()).collect();
        self.run(move || {
            let known: Vec<&str> = known.iter().map(String::as_str).collect();
            rules::judge(field, &typed, &known)
        })
        .await
    }

    /// The hash of a password.
    ///
    /// # Errors
    /// `Internal` if the system has no random bytes or no memory.
    pub async fn hash(&self, typed: &str) -> Result<String, Error> {
        let password = normalized(typed);
        self.run(move || hash(&password)).await
    }

    /// Compares a password with a hash. `None`, of one who does not exist, takes the same time and is wrong.
    ///
    /// # Errors
    /// `Internal` as above.
    pub async fn compare(&self, typed: &str, stored: Option<String>) -> Result<Compared, Error> {
        let password = normalized(typed);
        self.run(move || compare(&password, stored.as_deref()))
            .await
    }

    async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> Result<T, Error> + Send + 'static,
    ) -> Result<T, Error> {
        let permit = self.0.clone().acquire_owned().await;
        let permit = permit.map_err(Error::internal)?;
        let work = move || {
            let done = work();
            drop(permit);
            done
        };
        tokio::task::spawn_blocking(work)
            .await
            .map_err(Error::internal)?
    }
}

fn hash(password: &str) -> Result<String, Error> {
    let salt: [u8; 16] = rand::random();
    let hashed = Argon2::default().hash_password_with_salt(password.as_bytes(), &salt);
    Ok(hashed
        .map_err(|why| Error::internal(why.to_string()))?
        .to_string())
}

fn compare(password: &str, stored: Option<&str>) -> Result<Compared, Error> {
    let no_one = || {
        OF_NO_ONE
            .as_deref()
            .ok_or_else(|| Error::internal("no hash could be made"))
    };
    let text = match stored {
        Some(text) => text,
        None => no_one()?,
    };
    let parsed = PasswordHash::new(text).map_err(|why| Error::internal(why.to_string()))?;
    let same = Argon2::default()
        .verify_password(password.as_bytes(), &parsed)
        .is_ok();
    Ok(match (same && stored.is_some(), is_current(&parsed)) {
        (false, _) => Compared::Wrong,
        (true, true) => Compared::Right,
        (true, false) => Compared::Outdated(hash(password)?),
    })
}

fn is_current(hash: &PasswordHash) -> bool {
    let params = Params::try_from(hash);
    let same = |params: Params| {
        let now = Params::DEFAULT;
        (params.m_cost(), params.t_cost(), params.p_cost())
            == (now.m_cost(), now.t_cost(), now.p_cost())
    };
    hash.algorithm.as_str() == "argon2id" && params.is_ok_and(same)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `src/test.c` of the reference implementation, 20190702: "password", "somesalt", m = 2^16, t = 2, p = 1.
    const OF_THE_REFERENCE: &str =
        "$argon2id$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc";

    #[test]
    fn a_hash_of_the_reference_implementation_is_read_and_replaced_by_one_of_ours() {
        let compared = compare("password", Some(OF_THE_REFERENCE)).expect("a hash");
        let Compared::Outdated(new) = compared else {
            panic!("{compared:?}");
        };
        assert!(new.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{new}");
        assert_eq!(
            compare("password", Some(&new)).expect("a hash"),
            Compared::Right
        );
        let other = compare("Password", Some(OF_THE_REFERENCE)).expect("a hash");
        assert_eq!(other, Compared::Wrong);
    }

    #[test]
    fn no_password_is_that_of_no_one_and_its_hash_has_the_parameters_of_all() {
        assert_eq!(compare("", None).expect("a hash"), Compared::Wrong);
        let of_no_one = OF_NO_ONE.as_deref().expect("a hash");
        assert!(is_current(&PasswordHash::new(of_no_one).expect("PHC")));
    }

    #[tokio::test]
    async fn two_hashes_of_one_password_differ_and_both_fit_however_it_is_composed() {
        let hasher = Hasher::default();
        let first = hasher
            .hash("Gr\u{fc}\u{df}e aus Wien")
            .await
            .expect("a hash");
        let second = hasher
            .hash("Gr\u{fc}\u{df}e aus Wien")
            .await
            .expect("a hash");
        assert_ne!(first, second);
        for stored in [first, second] {
            let compared = hasher
                .compare("Gru\u{308}\u{df}e aus Wien", Some(stored))
                .await;
            assert_eq!(compared.expect("a hash"), Compared::Right);
        }
    }
}
