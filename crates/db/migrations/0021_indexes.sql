-- What happened to one thing that is shown, found with one search and not with one for each action.
DROP INDEX change_shown_of;
CREATE INDEX change_shown_of ON change (org_id, entity, entity_id) WHERE action IN ('post.published', 'post.updated',
  'post.commented', 'event.published', 'event.updated', 'document.published', 'document.updated');

-- Who left with whom, found by that alone: so does the database look when a tenancy goes.
DROP INDEX tenancy_ended_with;
CREATE INDEX tenancy_ended_with ON tenancy (ended_with, org_id, id) WHERE ended_with IS NOT NULL;
