//! The examples about users and their tokens.

use kernel::Role;
use serde_json::json;
use world::Server;

use super::capture::{CHOSEN, Capture};

world::tests! { crate::empty =>
    async fn sign_in(s: Server) {
        let mut c = Capture::staffed(s).await;
        c.s.post("/api/user/archive/2").by(c.user_of(1)).await.expect(201);
        c.say_all(&[
            "sign-in: login",
            "sign-in: login with a form, key with a leading space, as in the seed",
            "sign-in: login, path with a trailing slash",
            "sign-in: login, e-mail in another letter case",
            "sign-in: login, wrong password",
            "sign-in: login, unknown e-mail",
            "sign-in: login, no password",
            "sign-in: login of a pending user",
            "sign-in: login of an archived user",
            "sign-in: login, broken JSON",
            "sign-in: login, JSON array",
            "sign-in: login, password a number",
            "sign-in: wrong method",
            "sign-in: refresh",
            "sign-in: refresh with an access token",
            "sign-in: refresh without a token",
            "sign-in: logout",
            "sign-in: any call after logout",
        ])
        .await;
        c.done("sign-in");
    }

    async fn token(s: Server) {
        let mut c = Capture::staffed(s).await;
        c.s.tokens(c.user_of(2)).await;
        c.s.post("/api/user/archive/2").by(c.user_of(1)).await.expect(201);
        c.say_all(&[
            "token: no Authorization header",
            "token: Bearer alone",
            "token: Bearer and no token",
            "token: token of three parts that decode to nothing",
            "token: another word than Bearer",
            "token: bearer in small letters",
            "token: token with a foreign signature",
            "token: token with algorithm none",
            "token: token expired",
            "token: token not valid yet",
            "token: refresh token where an access token belongs",
            "token: token of an unknown user",
            "token: token without sub",
            "token: token of an archived user",
        ])
        .await;
        c.done("token");
    }

    async fn register(s: Server) {
        let mut c = Capture::begin(s).await;
        c.say_all(&[
            "register: register",
            "register: register, e-mail taken",
            "register: register, empty object",
            "register: register with a role",
            "register: register with an unknown role",
            "register: register with a type",
            "register: register, nulls",
            "register: register, numbers for texts",
            "register: register, too short a password",
            "register: register, no e-mail address",
            "register: register with a form",
        ])
        .await;
        c.done("register");
    }

    async fn user(s: Server) {
        let c = lists(s).await;
        let mut d = changes(Server::new(c.s.app.dialect(), crate::KIT).await).await;
        d = d.and(&c);
        d.done("user");
    }

    async fn reset(s: Server) {
        let mut c = Capture::begin(s).await;
        c.say("reset: reset password").await;
        c.mailed().await;
        c.say_all(&[
            "reset: reset password, unknown e-mail",
            "reset: reset password, no e-mail",
            "reset: look at a reset token",
            "reset: look at an expired reset token",
            "reset: look at something that is no token",
            "reset: look at a reset token with a foreign signature",
            "reset: reset token of an unknown user",
            "reset: access token as reset token",
            "reset: set the password, not confirmed",
            "reset: set the password with a reset token",
            "reset: the same token again",
        ])
        .await;
        c.done("reset");
    }
}

/// What was captured when users 2, 5 and 6 were approved and 3, 4 and 7 gone.
async fn lists(s: Server) -> Capture {
    let mut c = Capture::staffed(s).await;
    c.s.patch("/api/user/6").by(c.user_of(1)).json(&json!({"role": 2})).await.expect(200);
    c.without_others().await;
    c.say_all(&[
        "user: all users",
        "user: users by role",
        "user: users by role, property managers",
        "user: users by type",
        "user: users without a filter",
        "user: users by an unknown role",
        "user: users by a role that is no number",
    ])
    .await;
    c
}

/// What was captured while users 2, 5 and 6 waited, and what followed.
async fn changes(s: Server) -> Capture {
    let mut c = Capture::begin(s).await;
    c.user("Stan", "Staff", "staff1@x.org", None).await;
    c.user("Three", "Third", "three@x.org", Some(Role::Staff)).await;
    c.user("Four", "Fourth", "four@x.org", Some(Role::Staff)).await;
    c.user("Pam", "Manager", "pm1@x.org", None).await;
    c.user("Paul", "Pending", "pend2@x.org", None).await;
    c.user("Seven", "Seventh", "seven@x.org", Some(Role::Staff)).await;
    c.set_password(2, CHOSEN).await;
    c.say_all(&[
        "user: pending users",
        "user: one user",
        "user: one user, path of the seed",
        "user: one user, unknown",
        "user: one user, id no number",
        "user: approve as staff",
        "user: approve as property manager",
        "user: update a user, path of the seed",
        "user: update, role that does not exist",
        "user: update, type that does not exist",
        "user: update, e-mail taken",
        "user: update, too long a name",
        "user: update, unknown user",
        "user: one user, asked for by staff",
        "user: update oneself: new tokens come back",
        "user: update another user without being admin",
        "user: update the own role without being admin",
        "user: change password, not confirmed",
        "user: change password, wrong current one",
        "user: change password, no current one",
        "user: change password",
    ])
    .await;
    c.s.patch("/api/user/6").by(c.user_of(1)).json(&json!({"role": 2})).await.expect(200);
    c.say_all(&[
        "user: archive a user",
        "user: archive again: unarchive",
        "user: archive oneself",
        "user: archive, unknown user",
        "user: archive, asked for by staff",
        "user: delete a user",
        "user: delete a user again",
        "user: delete oneself",
        "user: invite, body of the seed",
        "user: the invited user",
        "user: invite, e-mail taken",
        "user: invite, empty object",
        "user: invite, unknown role",
        "user: invite, asked for by staff",
        "user: message to a user, names of the seed",
        "user: message to a user, later names",
        "user: message, nothing given",
    ])
    .await;
    let tenant = c.s.resident(c.org, "Renty", "McRenter", None).await;
    c.s.ticket(c.org, tenant, c.user_of(2).id, "Property Damage").await;
    c.say("user: delete a user who wrote tickets").await;
    c
}
