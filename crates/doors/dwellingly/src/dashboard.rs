//! Widgets and the dashboard (rows 49 and 50; D56 to D62).

use app::Manager;
use axum::{
    extract::State,
    response::{IntoResponse, Response},
};

use crate::{
    Door,
    calls::{Admin, Approved},
    present::Kept,
    wire::{
        DoorError, Json,
        shapes::{
            Counts, Dashboard, DashboardManager, NOT_ASSIGNED, NewTickets, OpenTickets, Stat, TicketCounts,
            TicketsInProgress, WidgetManager, Widgets,
        },
        time::day_words,
    },
};

/// Row 49.
pub async fn widgets(Approved(caller): Approved, State(door): State<Door>) -> Result<Response, DoorError> {
    let w = door.app.dashboard().widgets(&caller).await?;
    let stat = |stat| Stat { stat };
    let manager = |m: &'_ Manager| day_words(m.created_at, caller.at).into();
    Ok(Json::ok(Widgets {
        opentickets: OpenTickets {
            new: NewTickets { all: stat(w.counts.new), recent: stat(w.counts.new_recent) },
            in_progress: TicketsInProgress {
                all: stat(w.counts.in_progress),
                recent: stat(w.counts.in_progress_recent),
            },
        },
        managers: w
            .managers
            .iter()
            .map(|m| WidgetManager {
                id: m.id.get(),
                first_name: &m.first_name,
                last_name: &m.last_name,
                date: manager(m),
                property_name: m.property_name.as_deref().unwrap_or(NOT_ASSIGNED),
            })
            .collect(),
    })
    .into_response())
}

/// Row 50.
pub async fn dashboard(Admin(caller): Admin, State(door): State<Door>) -> Result<Response, DoorError> {
    let d = door.app.dashboard().whole(&caller).await?;
    let mut kept = Kept::new(caller.at);
    kept.places(d.waiting.iter().chain(&d.staff))?;
    kept.staff(d.unstaffed.iter().flat_map(|t| &t.staff))?;
    let c = d.widgets.counts;
    Ok(Json::ok(Dashboard {
        tickets: TicketCounts {
            new: Counts { total_count: c.new, latent_count: c.new_recent },
            in_progress: Counts { total_count: c.in_progress, latent_count: c.in_progress_recent },
        },
        managers: d
            .widgets
            .managers
            .iter()
            .map(|m| DashboardManager {
                id: m.id.get(),
                first_name: &m.first_name,
                last_name: &m.last_name,
                date: day_words(m.created_at, caller.at).into(),
                property_name: m.property_name.as_deref().unwrap_or(NOT_ASSIGNED),
            })
            .collect(),
        pending_users: d.waiting.iter().map(|m| kept.user(m)).collect(),
        staff: d.staff.iter().map(|m| kept.user(m)).collect(),
        tenants: d.unstaffed.iter().map(|t| kept.tenant(t)).collect(),
    })
    .into_response())
}
