//! The paths of the design documents, each with the canonical path that answers it.

use super::{Alias, Envelope, built, later};

/// Document 000 wraps flatly (`{"success": true, ...}`), document 004 in `{"success", "data", "meta"}`; 001, 002 and
/// 003 show no envelope. A path of several documents has the envelope of the one that shows one.
pub(super) const ALIASES: &[Alias] = &[
    // Health.
    built("GET", "/health", "GET", "/v1/health", Envelope::None),
    built("GET", "/api/health", "GET", "/v1/health", Envelope::Data),
    // Signing in and out.
    built(
        "POST",
        "/auth/login",
        "POST",
        "/v1/auth/login",
        Envelope::Flat,
    ),
    built(
        "POST",
        "/auth/logout",
        "POST",
        "/v1/auth/logout",
        Envelope::Flat,
    ),
    built(
        "POST",
        "/auth/refresh",
        "POST",
        "/v1/auth/refresh",
        Envelope::Flat,
    ),
    built(
        "POST",
        "/api/auth/register",
        "POST",
        "/v1/auth/register",
        Envelope::None,
    ),
    built(
        "POST",
        "/api/auth/signup",
        "POST",
        "/v1/auth/register",
        Envelope::Data,
    ),
    built(
        "POST",
        "/api/auth/login",
        "POST",
        "/v1/auth/login",
        Envelope::Data,
    ),
    built(
        "POST",
        "/api/auth/signin",
        "POST",
        "/v1/auth/login",
        Envelope::None,
    ),
    built(
        "POST",
        "/api/auth/refresh",
        "POST",
        "/v1/auth/refresh",
        Envelope::Data,
    ),
    built(
        "POST",
        "/api/auth/logout",
        "POST",
        "/v1/auth/logout",
        Envelope::Data,
    ),
    built(
        "POST",
        "/api/auth/signout",
        "POST",
        "/v1/auth/logout",
        Envelope::None,
    ),
    built(
        "GET",
        "/api/auth/session",
        "GET",
        "/v1/auth/session",
        Envelope::Data,
    ),
    built("GET", "/api/auth/me", "GET", "/v1/users/me", Envelope::None),
    built(
        "POST",
        "/api/auth/verify-email",
        "POST",
        "/v1/auth/verify-email",
        Envelope::None,
    ),
    built(
        "POST",
        "/api/auth/resend-verification",
        "POST",
        "/v1/auth/resend-verification",
        Envelope::None,
    ),
    built(
        "POST",
        "/api/auth/forgot-password",
        "POST",
        "/v1/auth/forgot-password",
        Envelope::None,
    ),
    built(
        "POST",
        "/api/auth/reset-password",
        "POST",
        "/v1/auth/reset-password",
        Envelope::None,
    ),
    built(
        "POST",
        "/api/auth/2fa/setup",
        "POST",
        "/v1/auth/2fa/totp",
        Envelope::None,
    ),
    built(
        "POST",
        "/api/auth/2fa/enable",
        "POST",
        "/v1/auth/2fa/totp/confirm",
        Envelope::None,
    ),
    built(
        "POST",
        "/api/auth/2fa/disable",
        "DELETE",
        "/v1/auth/2fa/totp",
        Envelope::None,
    ),
    built(
        "POST",
        "/api/auth/2fa/verify",
        "POST",
        "/v1/auth/login/2fa",
        Envelope::None,
    ),
    // The person, their keys and plan.
    built(
        "GET",
        "/api/users/profile",
        "GET",
        "/v1/users/me",
        Envelope::Data,
    ),
    built(
        "PUT",
        "/api/users/profile",
        "PATCH",
        "/v1/users/me",
        Envelope::Data,
    ),
    built(
        "GET",
        "/api/user/api-keys",
        "GET",
        "/v1/api-keys",
        Envelope::None,
    ),
    built(
        "POST",
        "/api/user/api-keys",
        "POST",
        "/v1/api-keys",
        Envelope::None,
    ),
    built(
        "DELETE",
        "/api/user/api-keys/{id}",
        "DELETE",
        "/v1/api-keys/{id}",
        Envelope::None,
    ),
    built(
        "GET",
        "/api/subscriptions",
        "GET",
        "/v1/subscriptions/me",
        Envelope::None,
    ),
    built(
        "POST",
        "/api/subscriptions",
        "POST",
        "/v1/subscriptions/purchase",
        Envelope::None,
    ),
    built(
        "DELETE",
        "/api/subscriptions/{id}",
        "POST",
        "/v1/subscriptions/cancel",
        Envelope::None,
    ),
    built(
        "GET",
        "/api/subscription/current",
        "GET",
        "/v1/subscriptions/me",
        Envelope::Data,
    ),
    built(
        "POST",
        "/api/subscription/create-checkout",
        "POST",
        "/v1/subscriptions/purchase",
        Envelope::Data,
    ),
    built(
        "POST",
        "/api/subscription/cancel",
        "POST",
        "/v1/subscriptions/cancel",
        Envelope::Data,
    ),
    built(
        "POST",
        "/api/contact",
        "POST",
        "/v1/contact",
        Envelope::Flat,
    ),
    // All others of the API itself.
    built("*", "/api/v1/*", "*", "/v1/*", Envelope::None),
    // Not built yet: each goes with the feature that brings it.
    // Gateway.
    later("GET", "/"),
    // Payments.
    later("PUT", "/api/subscriptions/{id}"),
    later("POST", "/api/payments"),
    later("*", "/api/payments/*"),
    later("*", "/api/billing/*"),
    later("GET", "/api/invoices"),
    later("POST", "/stripe/webhook"),
    later("POST", "/api/stripe/webhook"),
    later("POST", "/api/subscription/webhook"),
    // Analytics.
    later("GET", "/api/usage/summary"),
    later("*", "/api/analytics/*"),
    // Chat.
    later("POST", "/api/ai/chat"),
    later("POST", "/api/chat"),
    later("*", "/api/chat/*"),
    later("*", "/api/conversations"),
    later("*", "/api/conversations/*"),
    later("GET", "/api/search/messages"),
    // Agents.
    later("POST", "/api/ai/prototype"),
    // Files.
    later("POST", "/api/files/upload"),
    later("GET", "/api/files/{id}"),
    // Voice.
    later("POST", "/api/ai/voice"),
    later("POST", "/api/voice/tts"),
    later("POST", "/api/voice/stt"),
    // Games.
    later("POST", "/api/gaming/minecraft/create-session"),
    later("GET", "/api/gaming/sessions/{id}"),
    // The other paths below these prefixes.
    built("*", "/api/auth/*", "*", "/v1/auth/*", Envelope::None),
    // Pages for people stand below `/auth/`, too.
    built("POST", "/auth/*", "*", "/v1/auth/*", Envelope::None),
    built("*", "/user/*", "*", "/v1/*", Envelope::None),
];
