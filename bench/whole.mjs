export const processFigures = () => [];
