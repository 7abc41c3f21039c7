//! The page to pay at.

use super::payment::Payment;

/// A plain page with buttons while there is something to decide.
pub fn of(payment: &Payment) -> String {
    let roubles = format!("{},{:02} ₽", payment.amount / 100, payment.amount % 100);
    let what = escaped(&payment.description);
    let acts: &[(&str, &str)] = match payment.status.as_str() {
        "NEW" | "FORM_SHOWED" | "REJECTED" => &[
            ("pay", "Pay"),
            ("pay_sbp", "Pay by SBP"),
            ("refuse", "Refuse"),
        ],
        "ASYNC_REFUNDING" => &[
            ("refund_arrives", "The refund arrives"),
            ("refund_bounces", "The refund bounces"),
        ],
        _ => &[],
    };
    let button =
        |(act, text): &(&str, &str)| format!("<button name=act value={act}>{text}</button> ");
    let buttons: String = acts.iter().map(button).collect();
    let buttons = format!("<form method=post>{buttons}</form>");
    format!(
        "<!doctype html><meta charset=utf-8><title>The bank of the sandbox</title>\
         <meta name=viewport content=\"width=device-width\">\
         <style>body{{font:18px system-ui;max-width:26em;margin:4em auto;padding:0 1em}}\
         button{{font:inherit;padding:.6em 1.6em;border:0;border-radius:.5em;background:#ffdd2d}}\
         b{{font-size:2em}}</style>\
         <p>The bank of the sandbox. No money moves here.</p><p>{what}</p><p><b>{roubles}</b></p>\
         <p>Status: {}</p>{buttons}",
        escaped(&payment.status)
    )
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
}
