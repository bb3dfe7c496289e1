/** What the commands of each topic are for, as the list of all commands says it. */
export const TOPICS: Readonly<Record<string, { readonly description: string }>> = {
  bench: { description: 'Measure endpoints and profiles; compare, check, tune and show what was measured.' },
  cache: { description: 'Fill, list, check and empty the model cache of this host.' },
  deploy: { description: 'Bring models into a cluster, show what is there, and take it away.' },
  model: { description: 'Look into the model catalogue and check it.' },
  profile: { description: 'Make, compare, list and format profiles.' },
  recipe: { description: 'Check recipes, and turn them into profiles and back.' },
  schema: { description: 'Make the argument schemas of engines.' },
};
