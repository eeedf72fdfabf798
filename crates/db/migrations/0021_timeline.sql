-- What happened to one thing that is shown, found with one search and not with one for each action.
DROP INDEX change_shown_of;
CREATE INDEX change_shown_of ON change (org_id, entity, entity_id) WHERE action IN ('post.published', 'post.updated',
  'post.commented', 'event.published', 'event.updated', 'document.published', 'document.updated');
