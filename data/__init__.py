"""The ground floor: workspace files, canonical tables, the store of generations, the demo company."""
