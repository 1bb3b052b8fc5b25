-- +goose Up

-- Where a ticket stands in the queue of support, lowest first; see quartet.TicketPlace.
ALTER TABLE ticket ADD COLUMN queue_rank BIGINT NOT NULL DEFAULT 2;
ALTER TABLE ticket ADD COLUMN queue_since BIGINT NOT NULL DEFAULT 0;

UPDATE ticket SET
	queue_rank = CASE WHEN state IN ('solved', 'closed') THEN 5 WHEN state = 'waiting_for_buyer' THEN 4 WHEN priority = 'urgent' THEN 0 WHEN priority = 'high' THEN 1 WHEN priority = 'normal' THEN 2 ELSE 3 END,
	queue_since = CASE WHEN state = 'open' THEN created_at
		WHEN state = 'waiting_for_support' THEN coalesce((SELECT max(m.created_at) FROM ticket_message AS m WHERE m.ticket_id = ticket.id AND m.side = 'buyer'), created_at)
		ELSE -created_at END;

CREATE INDEX ticket_queue ON ticket (queue_rank, queue_since, id);
