/** What transformers reports of a checkpoint whose tensors it all knows, wants and finds in shape. */
export const NOTHING_LEFT_OVER = { missing_keys: [], unexpected_keys: [], mismatched_keys: [] };
