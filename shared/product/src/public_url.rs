//! Where people and Telegram reach the API: for links to what it shows without a credential.

use kernel::env::{Env, Section, Setting, Spelling};
use kernel::networks::is_loopback;
use url::Url;

const PUBLIC_URL: Setting = Setting::new(
    "PUBLIC_URL",
    "http://127.0.0.1:3000",
    "Where people and Telegram reach the API: links to shared pictures and to the Mini App begin so.",
)
.also(&[Spelling::converted(
    "RAILWAY_PUBLIC_DOMAIN",
    "https:// and this domain",
    |domain| Ok(format!("https://{domain}")),
)]);

pub(crate) const SETTINGS: Section = Section {
    title: "The public address",
    settings: &[PUBLIC_URL],
};

/// The public address of the API.
#[derive(Clone, Debug)]
pub struct PublicUrl(Url);

impl PublicUrl {
    pub(crate) fn read(env: &mut Env<'_>) -> Self {
        let url = env.url(&PUBLIC_URL);
        if url.host_str().is_some_and(is_loopback) {
            env.weakness(
                &PUBLIC_URL,
                "it leads to this machine: neither people nor Telegram can open it",
            );
        }
        Self(url)
    }

    /// The address of a path, which begins with `/`.
    pub fn at(&self, path: &str) -> String {
        format!("{}{path}", self.0.as_str().trim_end_matches('/'))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(name: &'static str, value: &'static str) -> String {
        let lookup = |asked: &str| (asked == name).then(|| value.to_owned());
        let mut env = Env::new(&lookup);
        let read = PublicUrl::read(&mut env);
        env.finish(read).expect("no fault").at("/app/")
    }

    #[test]
    fn an_address_is_joined_with_a_path_by_one_slash() {
        for url in ["https://api.example.org", "https://api.example.org/"] {
            assert_eq!(at("PUBLIC_URL", url), "https://api.example.org/app/");
        }
        let below = at("PUBLIC_URL", "https://example.org/symancy/");
        assert_eq!(below, "https://example.org/symancy/app/");
        assert_eq!(at("PUBLIC_URL", ""), "http://127.0.0.1:3000/app/");
    }

    #[test]
    fn railway_says_it_by_the_domain() {
        let url = at("RAILWAY_PUBLIC_DOMAIN", "symancy.up.railway.app");
        assert_eq!(url, "https://symancy.up.railway.app/app/");
    }
}
