//! What no database can store, no parser reads, and no kind is: into every place where text comes in. The
//! places are those of the OpenAPI document, so that a new one is among them.

use reqwest::multipart::Form;
use reqwest::{Method, RequestBuilder};
use serde_json::{Value, json};
use testkit::pictures::coffee_cup;
use world::app::{Answer, photo_form};
use world::{TestApp, WEBHOOK_SECRET, World};

/// Of no reading.
const ID: &str = "00000000-0000-0000-0000-000000000000";

/// As JSON writes them, without the quotes.
fn hostile() -> Vec<String> {
    let long = "я".repeat(5_000);
    let texts = [
        r"\u0000",
        r"a\u0000b",
        r"\ud800",
        r"\udc00x\ud800",
        r"\u202ea\u200b",
        "",
        &long,
    ];
    texts.map(str::to_owned).to_vec()
}

/// The same in a query.
const HOSTILE_QUERY: [&str; 7] = ["%00", "a%00b", "%ff", "%ED%A0%80", "", "-1", "%E2%80%AEx"];

/// One operation of the document.
struct Operation {
    method: Method,
    path: String,
    about: Value,
    document: Value,
}

impl Operation {
    fn all() -> anyhow::Result<Vec<Self>> {
        let document: Value = serde_json::from_str(include_str!("../../../docs/openapi.json"))?;
        let mut all = Vec::new();
        for (path, item) in document["paths"].as_object().into_iter().flatten() {
            for (method, about) in item.as_object().into_iter().flatten() {
                all.push(Self {
                    method: method.to_uppercase().parse()?,
                    path: path
                        .replace("{id}", ID)
                        .replace("{vendor}", "tinkoff")
                        .replace("{endpoint}", "pay"),
                    about: about.clone(),
                    document: document.clone(),
                });
            }
        }
        Ok(all)
    }

    fn parameters(&self, place: &str) -> Vec<String> {
        let all = self.about["parameters"].as_array().into_iter().flatten();
        let all = all.filter(|one| one["in"] == place);
        all.filter_map(|one| Some(one["name"].as_str()?.to_owned()))
            .collect()
    }

    /// The fields of its body, if it is of this kind and described.
    fn fields(&self, kind: &str) -> Vec<String> {
        let schema = &self.about["requestBody"]["content"][kind]["schema"];
        let named = schema["$ref"]
            .as_str()
            .and_then(|name| name.strip_prefix('#'));
        let schema = named
            .and_then(|name| self.document.pointer(name))
            .unwrap_or(schema);
        let fields = schema["properties"].as_object().into_iter().flatten();
        fields.map(|(name, _)| name.clone()).collect()
    }

    fn is_open(&self) -> bool {
        self.about["security"]
            .as_array()
            .is_some_and(|needs| needs.iter().any(|need| need == &json!({})))
    }

    fn call(&self, app: &TestApp, person: &str) -> RequestBuilder {
        let call = app.request(self.method.clone(), &self.path);
        call.header("X-Telegram-Init-Data", person)
    }
}

async fn sent(call: RequestBuilder, what: &str) -> anyhow::Result<Answer> {
    let answer = Answer::of(call.send().await?).await?;
    assert!(answer.status < 500, "{what}: {answer:?}");
    Ok(answer)
}

fn as_json(call: RequestBuilder, body: String) -> RequestBuilder {
    call.header("Content-Type", "application/json").body(body)
}

#[tokio::test(flavor = "multi_thread")]
async fn no_text_in_any_field_or_query_is_a_fault_of_ours() -> anyhow::Result<()> {
    let app = TestApp::start().await?;
    let me = app.world.chat(7).init_data().await?;
    let mut tried = 0;
    for operation in Operation::all()? {
        let name = format!("{} {}", operation.method, operation.path);
        for field in operation.fields("application/json") {
            for text in hostile() {
                let body = format!("{{\"{field}\":\"{text}\"}}");
                sent(
                    as_json(operation.call(&app, &me), body),
                    &format!("{name} {field}"),
                )
                .await?;
                tried += 1;
            }
        }
        for field in operation.fields("multipart/form-data") {
            for text in hostile() {
                let text: String = serde_json::from_str(&format!("\"{text}\"")).unwrap_or_default();
                let form = Form::new().text(field.clone(), text);
                sent(
                    operation.call(&app, &me).multipart(form),
                    &format!("{name} {field}"),
                )
                .await?;
                tried += 1;
            }
        }
        for field in operation.parameters("query") {
            for text in HOSTILE_QUERY {
                let path = format!("{}?{field}={text}", operation.path);
                let call = app.request(operation.method.clone(), &path);
                sent(call.header("X-Telegram-Init-Data", &me), &path).await?;
                tried += 1;
            }
        }
        let odd = operation.path.replace(ID, "%00").replace("tinkoff", "%00");
        let call = app.request(operation.method.clone(), &odd);
        sent(call.header("X-Telegram-Init-Data", &me), &odd).await?;
    }
    assert!(tried > 100, "the document describes fields: {tried}");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn no_text_in_an_address_of_the_admin_page_is_a_fault_of_ours() -> anyhow::Result<()> {
    let mut world = World::new().await?;
    world.set("ADMIN_KEY", "admin-key");
    let app = TestApp::start_in(world).await?;
    let keyed =
        |method: Method, path: &str| app.request(method, path).header("X-Admin-Key", "admin-key");
    for text in HOSTILE_QUERY {
        for page in ["/admin", "/admin/jobs", &format!("/admin/jobs/{ID}")] {
            for field in [
                "state", "queue", "kind", "key", "before", "notice", "count", "refresh",
            ] {
                let path = format!("{page}?{field}={text}");
                sent(keyed(Method::GET, &path), &path).await?;
            }
        }
        for field in ["queue", "kind", "back"] {
            let call = keyed(Method::POST, "/admin/jobs/retry-dead");
            let call = call.header("Content-Type", "application/x-www-form-urlencoded");
            sent(call.body(format!("{field}={text}")), field).await?;
        }
        for path in [
            "/admin/jobs/{}",
            "/admin/queues/{}/pause",
            "/admin/jobs/{}/retry",
        ] {
            let path = path.replace("{}", text);
            sent(keyed(Method::POST, &path), &path).await?;
        }
    }
    Ok(())
}

/// The places of all texts and numbers in a document.
fn leaves(of: &Value, at: &str) -> Vec<String> {
    let inner: Vec<(String, &Value)> = match of {
        Value::Object(members) => members
            .iter()
            .map(|(name, one)| (name.clone(), one))
            .collect(),
        Value::Array(items) => items
            .iter()
            .enumerate()
            .map(|(at, one)| (at.to_string(), one))
            .collect(),
        _ => return vec![at.to_owned()],
    };
    let inner = inner.into_iter();
    inner
        .flat_map(|(name, one)| leaves(one, &format!("{at}/{name}")))
        .collect()
}

fn updates() -> [Value; 4] {
    let from = json!({ "id": 7, "is_bot": false, "first_name": "Ann", "last_name": "B", "username": "ann", "language_code": "en" });
    let chat = json!({ "id": 7, "type": "private", "first_name": "Ann" });
    let message = |content: Value| {
        let mut message =
            json!({ "message_id": 5, "date": 1_760_000_000, "chat": chat, "from": from });
        let members = content.as_object().cloned().unwrap_or_default();
        message.as_object_mut().expect("an object").extend(members);
        json!({ "update_id": 0, "message": message })
    };
    let size =
        json!({ "file_id": "f", "file_unique_id": "u", "width": 90, "height": 90, "file_size": 9 });
    let paid = json!({ "currency": "XTR", "total_amount": 150, "invoice_payload": ID, "telegram_payment_charge_id": "c", "provider_payment_charge_id": "p" });
    [
        message(json!({ "photo": [size], "caption": "will I travel?" })),
        message(json!({ "text": "hello" })),
        message(json!({ "successful_payment": paid })),
        json!({ "update_id": 0, "pre_checkout_query": { "id": "q", "from": from, "currency": "XTR", "total_amount": 150, "invoice_payload": ID } }),
    ]
}

/// Refused, an update would come again and again, ahead of all others.
#[tokio::test(flavor = "multi_thread")]
async fn no_text_or_number_in_an_update_is_refused() -> anyhow::Result<()> {
    let app = TestApp::start().await?;
    const MARK: &str = "to be replaced";
    let mut update_id = 0;
    for update in updates() {
        for place in leaves(&update, "") {
            let texts = hostile().into_iter().map(|text| format!("\"{text}\""));
            let others = ["4611686018427387904", "-1", "1e300", "null", "[]"].map(str::to_owned);
            for value in texts.chain(others) {
                update_id += 1;
                let mut update = update.clone();
                update["update_id"] = json!(update_id);
                *update.pointer_mut(&place).expect("it is there") = json!(MARK);
                let body = update.to_string().replace(&format!("\"{MARK}\""), &value);
                for path in ["/v1/webhooks/telegram", "/v1/webhooks/payments/telegram"] {
                    let call = app.request(Method::POST, path);
                    let call = call.header("X-Telegram-Bot-Api-Secret-Token", WEBHOOK_SECRET);
                    let answer = Answer::of(call.body(body.clone()).send().await?).await?;
                    assert_eq!(answer.status, 200, "{path} {place} {value}: {answer:?}");
                }
            }
        }
    }
    assert!(update_id > 300, "{update_id}");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_name_and_words_come_in_without_what_cannot_be_stored() -> anyhow::Result<()> {
    let app = TestApp::start().await?;
    let [mut photo, ..] = updates();
    photo["message"]["from"]["first_name"] = json!("first");
    photo["message"]["caption"] = json!("of the caption");
    photo["message"]["photo"][0]["file_id"] = json!("f\u{0}ile");
    let body = photo.to_string();
    let body = body.replace(
        "\"first\"",
        &format!("\"A\\u0000nn\\ud800{}\"", "a".repeat(300)),
    );
    let body = body.replace("\"of the caption\"", "\"will\\u0000 I\\udc00?\"");
    let call = app.request(Method::POST, "/v1/webhooks/telegram");
    let call = call.header("X-Telegram-Bot-Api-Secret-Token", WEBHOOK_SECRET);
    assert_eq!(call.body(body.clone()).send().await?.status(), 200);
    let stored = format!(
        "SELECT count(*) AS count FROM analysis_history JOIN users ON users.id = user_id
         WHERE user_text = 'will I\u{fffd}?' AND source_file_id = 'file'
           AND first_name = 'Ann\u{fffd}{}'",
        "a".repeat(251)
    );
    assert_eq!(app.count(&stored).await?, 1, "{body}");
    let me = app
        .world
        .chat(8)
        .init_data_with("&first_name=B%00ea")
        .await?;
    let shown = app
        .as_person(&me, Method::GET, "/v1/users/me", None)
        .await?;
    assert_eq!(shown.body["first_name"], "Bea", "{shown:?}");
    let patch = json!({ "first_name": "C\u{0}leo" });
    let shown = app
        .as_person(&me, Method::PATCH, "/v1/users/me", Some(patch))
        .await?;
    assert_eq!(shown.body["first_name"], "Cleo", "{shown:?}");
    Ok(())
}

/// Words of Rust, of which a client knows nothing.
const OF_RUST: [&str; 10] = [
    "struct", "i16", "i32", "i64", "u32", "f64", "usize", "Option", "variant", "tuple",
];

#[tokio::test(flavor = "multi_thread")]
async fn a_body_that_is_wrong_is_refused_with_field_and_reason_in_words_of_json()
-> anyhow::Result<()> {
    let app = TestApp::start().await?;
    let me = app.world.chat(7).init_data().await?;
    // What is for members is refused to others before its body is read.
    let wish = Some(json!({ "name": "x" }));
    let made = app.as_person(&me, Method::POST, "/v1/organizations", wish);
    let organization = made.await?.id()?;
    let mut tried = 0;
    for mut operation in Operation::all()? {
        operation.path = operation.path.replace("{organization}", &organization);
        let fields = operation.fields("application/json");
        // Operators alone are heard there (`desk`).
        if fields.is_empty() || operation.path.starts_with("/v1/admin/") {
            continue;
        }
        let name = format!("{} {}", operation.method, operation.path);
        for body in [
            "[]",
            "[\"DELETE_MY_DATA\"]",
            "[true,true]",
            "[5,\"x\"]",
            "null",
            "1",
            "\"x\"",
            "{",
            "",
        ] {
            let answer = sent(as_json(operation.call(&app, &me), body.to_owned()), &name).await?;
            assert_eq!(answer.refusal(), (400, "E105"), "{name} {body}");
            assert!(
                answer.body["details"]["reason"].is_string(),
                "{name} {body}: {answer:?}"
            );
        }
        let unknown = as_json(
            operation.call(&app, &me),
            "{\"no_such_field\":1}".to_owned(),
        );
        assert_eq!(sent(unknown, &name).await?.status, 400, "{name}");
        for field in fields {
            for value in ["[]", "{}", "1.5", "70000", "true", "\"x\""] {
                let body = format!("{{\"{field}\":{value}}}");
                let answer = sent(as_json(operation.call(&app, &me), body), &name).await?;
                tried += 1;
                if answer.status != 400 {
                    continue;
                }
                let details = &answer.body["details"];
                let reason = details["reason"].as_str().unwrap_or_default();
                let of_rust = OF_RUST.iter().any(|word| reason.contains(word));
                assert!(
                    details["field"].is_string() && !reason.is_empty() && !of_rust,
                    "{name} {value}: {details}"
                );
            }
        }
    }
    assert!(tried > 30, "{tried}");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refusal_speaks_the_language_that_the_person_chose_on_every_path() -> anyhow::Result<()> {
    let app = TestApp::start().await?;
    let me = app
        .world
        .chat(7)
        .init_data_with("&language_code=en")
        .await?;
    let chosen = json!({ "language_code": "zh" });
    app.as_person(&me, Method::PATCH, "/v1/users/me", Some(chosen))
        .await?;
    let is_chinese = |answer: &Answer| {
        let message = answer.body["message"].as_str().unwrap_or_default();
        message
            .chars()
            .any(|letter| ('\u{4e00}'..='\u{9fff}').contains(&letter))
    };
    let mut refused = 0;
    for operation in Operation::all()?.into_iter().filter(|one| !one.is_open()) {
        let name = format!("{} {}", operation.method, operation.path);
        if operation.path.starts_with("/v1/auth/") {
            // These take one credential alone, and for another one no person is looked up.
            continue;
        }
        // A process that has not seen this person.
        let fresh = app.sibling()?;
        let url = format!("http://{}{}?limit=x", fresh.addr, operation.path);
        for service in [false, true] {
            let call = app.world.http.request(operation.method.clone(), &url);
            let call = match service {
                true => call
                    .header("X-API-Key", "n8n-key")
                    .header("X-Telegram-User-Id", "7"),
                false => call.header("X-Telegram-Init-Data", &me),
            };
            let call = as_json(call.header("Accept-Language", "ru"), "[".to_owned());
            let answer = sent(call, &name).await?;
            if answer.status >= 400 {
                refused += 1;
                assert!(
                    is_chinese(&answer),
                    "{name}, by a service: {service}: {answer:?}"
                );
            }
        }
    }
    assert!(refused > 15, "{refused}");
    // The form of a service names the person itself.
    let form = Form::new()
        .text("telegram_user_id", "7")
        .text("focus_area", "lottery");
    let call = app
        .request(Method::POST, "/v1/analyses")
        .header("X-API-Key", "n8n-key");
    let answer = Answer::of(call.multipart(form).send().await?).await?;
    assert_eq!(answer.refusal(), (400, "E103"));
    assert!(is_chinese(&answer), "{answer:?}");
    Ok(())
}

/// OWASP ASVS 5, 14.3.2. Those that everyone may keep say so themselves.
#[tokio::test(flavor = "multi_thread")]
async fn what_is_personal_may_be_kept_by_nothing_on_the_way() -> anyhow::Result<()> {
    const PUBLIC: [(&str, &str); 4] = [
        ("GET /.well-known/jwks.json", "public, max-age=300"),
        ("GET /v1/plans", "public, max-age=60"),
        ("GET /v1/announcements", "public, max-age=60"),
        ("GET /v1/app", "public, max-age=300"),
    ];
    let app = TestApp::start().await?;
    let me = app.world.chat(7).init_data().await?;
    let id = app
        .post_as_person(&me, photo_form(coffee_cup()))
        .await?
        .id()?;
    for mut operation in Operation::all()? {
        let name = format!("{} {}", operation.method, operation.path);
        operation.path = operation.path.replace(ID, &id);
        for credential in [Some(&me), None] {
            let call = app.request(operation.method.clone(), &operation.path);
            let call = match credential {
                Some(me) => call.header("X-Telegram-Init-Data", me),
                None => call,
            };
            let response = call.send().await?;
            let all = |header: &str| {
                let all = response.headers().get_all(header).iter();
                let all: Vec<&str> = all.filter_map(|value| value.to_str().ok()).collect();
                all.join(", ").to_lowercase()
            };
            let (kept, vary) = (all("cache-control"), all("vary"));
            if let Some((_, public)) = PUBLIC.iter().find(|(open, _)| *open == name) {
                assert_eq!(kept, *public, "{name}");
                continue;
            }
            assert!(
                ["private, no-store", "private, no-cache"].contains(&kept.as_str()),
                "{name}: {kept}"
            );
            for header in [
                "x-telegram-init-data",
                "x-api-key",
                "x-telegram-user-id",
                "accept-language",
            ] {
                assert!(vary.contains(header), "{name}: {vary}");
            }
        }
    }
    let nowhere = app.request(Method::GET, "/v1/nowhere").send().await?;
    assert_eq!(nowhere.headers()["cache-control"], "private, no-store");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_compressed_body_is_refused_as_such() -> anyhow::Result<()> {
    let app = TestApp::start().await?;
    let me = app.world.chat(7).init_data().await?;
    for operation in Operation::all()? {
        for (encoding, refused) in [("gzip", true), ("br", true), ("identity", false)] {
            let call = as_json(operation.call(&app, &me), "{".to_owned());
            let answer = sent(call.header("Content-Encoding", encoding), &operation.path).await?;
            let is_refused = answer.refusal() == (415, "E106")
                && answer.body["details"]["reason"]
                    .as_str()
                    .is_some_and(|why| why.contains("compressed"));
            assert_eq!(
                is_refused, refused,
                "{} {encoding}: {answer:?}",
                operation.path
            );
        }
    }
    Ok(())
}

fn form_of(app: &TestApp, parts: &[(&str, &str, &str)], boundary_ends: &str) -> RequestBuilder {
    let mut body = String::new();
    for (disposition, kind, content) in parts {
        body += &format!(
            "--BB{boundary_ends}\r\nContent-Disposition: form-data; {disposition}\r\n{kind}\r\n{content}\r\n"
        );
    }
    body += "--BB--\r\n";
    let call = app
        .request(Method::POST, "/v1/analyses")
        .header("X-API-Key", "n8n-key");
    call.header("Content-Type", "multipart/form-data; boundary=BB")
        .body(body)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_was_not_chosen_counts_as_not_sent() -> anyhow::Result<()> {
    let app = TestApp::start().await?;
    let person = ("name=\"telegram_user_id\"", "", "7");
    // As browsers send it (HTML, section 4.10.21.8), and as some libraries do.
    for image in [
        "name=\"image\"; filename=\"\"",
        "name=\"image\"; filename=\"cup.jpg\"",
    ] {
        let image = (image, "Content-Type: application/octet-stream\r\n", "");
        let words = ("name=\"text\"", "", "A bird");
        let file = ("name=\"telegram_file_id\"", "", "AgACAgIAAx");
        for other in [words, file] {
            for parts in [[person, image, other], [other, image, person]] {
                let answer = Answer::of(form_of(&app, &parts, "").send().await?).await?;
                assert_eq!(answer.status, 202, "{parts:?}: {answer:?}");
            }
        }
        let answer = Answer::of(form_of(&app, &[person, image], "").send().await?).await?;
        assert_eq!(answer.refusal(), (400, "E104"), "{answer:?}");
    }
    Ok(())
}

/// RFC 2046 allows blanks after a boundary; no client writes them, and the parser passes such parts over.
/// Then the form is refused, never read in part.
#[tokio::test(flavor = "multi_thread")]
async fn a_form_with_blanks_after_its_boundaries_is_refused() -> anyhow::Result<()> {
    let app = TestApp::start().await?;
    let parts = [
        ("name=\"telegram_user_id\"", "", "7"),
        ("name=\"text\"", "", "A bird"),
    ];
    assert_eq!(form_of(&app, &parts, "").send().await?.status(), 202);
    assert_eq!(form_of(&app, &parts, "  ").send().await?.status(), 400);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn of_unknown_fields_only_so_much_is_read() -> anyhow::Result<()> {
    let app = TestApp::start().await?;
    let form = |size: usize| {
        Form::new()
            .text("text", "A bird")
            .text("more", "x".repeat(size))
    };
    assert_eq!(app.post_as_service(form(1_000)).await?.status, 202);
    let refused = app.post_as_service(form(1_100_000)).await?;
    assert_eq!(refused.refusal(), (413, "E107"));
    Ok(())
}

/// Else the tests above would try nothing.
#[test]
fn the_document_has_bodies_queries_and_forms() -> anyhow::Result<()> {
    let all = Operation::all()?;
    let with = |kind: &str| {
        all.iter()
            .filter(|one| !one.fields(kind).is_empty())
            .count()
    };
    assert!(with("application/json") >= 8 && with("multipart/form-data") == 2);
    assert!(all.iter().any(|one| !one.parameters("query").is_empty()));
    Ok(())
}
