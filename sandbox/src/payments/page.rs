//! A page to pay at.

/// What stands on it.
pub struct Page<'a> {
    /// Such as "The bank".
    pub vendor: &'a str,
    /// What is sold.
    pub what: &'a str,
    /// The sum, with its currency.
    pub sum: &'a str,
    pub status: &'a str,
    /// What can be done, and what its button says; nothing once it is decided.
    pub acts: &'a [(&'a str, &'a str)],
}

const STYLE: &str = ":root{color-scheme:light dark}\
    body{font:18px system-ui;max-width:26em;margin:4em auto;padding:0 1em}h1{font-size:1em;margin:0}\
    button{font:inherit;min-height:44px;padding:.6em 1.6em;border:0;border-radius:.5em;background:#ffdd2d;color:#000;\
    margin:.2em 0}b{font-size:2em}";

impl Page<'_> {
    /// A plain page with a button for each act, which posts a form with `act`.
    pub fn html(&self) -> String {
        let button =
            |(act, text): &(&str, &str)| format!("<button name=act value={act}>{text}</button> ");
        let buttons: String = self.acts.iter().map(button).collect();
        let (vendor, what) = (escaped(self.vendor), escaped(self.what));
        format!(
            "<!doctype html><html lang=en><meta charset=utf-8><title>{vendor} of the sandbox</title>\
             <meta name=viewport content=\"width=device-width\"><style>{STYLE}</style>\
             <main><h1>{vendor} of the sandbox</h1><p>No money moves here.</p><p>{what}</p><p><b>{}</b></p>\
             <p>Status: {}</p><form method=post>{buttons}</form></main>",
            escaped(self.sum),
            escaped(self.status)
        )
    }
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
}
