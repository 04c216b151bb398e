export default {
  title: 'Objects',
};
